import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ksim } from "../cli/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "ksim-mutants-"));
writeFileSync(
  join(folder, "plain.yaml"),
  `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: plain}
spec:
  seed: "1"
  duration: 2m
  steps:
    - id: make
      at: 1s
      apply:
        manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: trigger}}
`,
);

/** A controller that does one wrong thing when it hears of the ConfigMap. */
function mutant(name: string, wrong: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(
    file,
    `const template = (app) => ({ metadata: { labels: { app } }, spec: { containers: [{ name: "c", image: "c:1" }] } });
const owner = (kind, name, uid) => [{ apiVersion: "apps/v1", kind, name, uid, controller: true }];
const pod = (name, more, spec = {}) => ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", ...more }, spec: { containers: [{ name: "c", image: "c:1" }], ...spec } });
export default {
  name: "mutant",
  for: "ConfigMap",
  reconcile(key, { client }) {
    if (key !== "default/trigger") return;
    ${wrong}
  },
};
`,
  );
  return file;
}

const cases: readonly (readonly [law: string, wrong: string])[] = [
  [
    "one-daemon-per-node",
    `if (client.get("Pod", "default/b") !== undefined) return;
    for (const name of ["a", "b"])
      client.create("Pod", pod(name, { ownerReferences: owner("DaemonSet", "d", "d") }, { nodeName: "node-1" }));`,
  ],
  [
    "one-set-per-template",
    `if (client.get("Pod", "default/a") !== undefined) return;
    client.create("ReplicaSet", { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "twin-a", namespace: "default", labels: { "pod-template-hash": "x" }, ownerReferences: owner("Deployment", "d", "d") }, spec: { replicas: 0, selector: { matchLabels: { app: "a" } }, template: template("a") } });
    client.create("ReplicaSet", { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "twin-b", namespace: "default", labels: { "pod-template-hash": "x" }, ownerReferences: owner("Deployment", "d", "d") }, spec: { replicas: 0, selector: { matchLabels: { app: "b" } }, template: template("b") } });`,
  ],
];

describe("a deliberately broken controller", () => {
  it.each(cases)(
    "breaks %s, and the check says so with the seed",
    async (law, wrong) => {
      const file = mutant(law, wrong);
      const { code, out, err } = await ksim(
        ["check", "plain.yaml", "--runs", "1", "--controller", file, "--invariants", law],
        { cwd: folder },
      );
      expect(`${out}${err}`).toContain(`${law} broken at`);
      expect(err).toContain("Failed with seed");
      expect(code).toBe(1);
    },
    60_000,
  );

  it("is found again by the command that an exhaustive campaign prints", async () => {
    const [law = "", wrong = ""] = cases[0] ?? [];
    const file = mutant("exhaustive", wrong);
    const { code, err } = await ksim(
      ["check", "plain.yaml", "--exhaustive", "--controller", file, "--invariants", law],
      { cwd: folder },
    );
    expect(code).toBe(1);
    expect(err).toMatch(/Repeat: ksim check plain\.yaml .*--exhaustive --seed 1\n/);
  }, 60_000);
});
