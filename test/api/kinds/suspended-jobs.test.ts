import { describe, expect, it } from "vitest";
import type { Job } from "../../../sim/api/types.gen.ts";
import { jobUpdateErrors } from "../../../sim/api/validation/workload/job-update.ts";

const noted = { conditions: [{ type: "Suspended", status: "True" }] };
const container = { name: "c", image: "i", terminationMessagePolicy: "File" };
const job = (suspend: boolean, status: object, spec: object = {}): Job =>
  ({
    metadata: { name: "j", namespace: "default" },
    spec: {
      suspend,
      template: {
        metadata: { labels: { "job-name": "j" } },
        spec: { restartPolicy: "Never", containers: [container], ...spec },
      },
    },
    status,
  }) as never;
const started = { startTime: "2026-01-01T00:00:00Z" };
const small = { containers: [{ ...container, resources: { requests: { cpu: "1" } } }] };
const placed = { nodeSelector: { zone: "a" } };
const renamed = { containers: [{ ...container, image: "other" }] };

describe("the template of a Job", () => {
  it.each([
    ["its resources", "it rests", job(true, noted), small, true],
    ["its resources", "it runs", job(false, started), small, false],
    ["its resources", "the suspension is not noted yet", job(true, {}), small, false],
    ["its resources", "pods are left", job(true, { ...noted, active: 1 }), small, false],
    ["its place", "it rests", job(true, { ...noted, ...started }), placed, true],
    ["its place", "it never started", job(true, {}), placed, true],
    ["its place", "it ran and the suspension is not noted yet", job(true, started), placed, false],
    ["its image", "it rests", job(true, noted), renamed, false],
  ])("may change %s when %s", (_part, _when, before, spec, allowed) => {
    const errors = jobUpdateErrors(job(before.spec?.suspend === true, {}, spec), before);
    const immutable = errors.some(({ message }) => message.endsWith("field is immutable"));
    expect(immutable).toBe(!allowed);
  });
});
