import { describe, expect, it } from "vitest";
import { paces } from "../../sim/api/pace.ts";
import { MILLISECOND } from "../../sim/engine/time.ts";
import { BEHAVIOUR_FIELDS } from "../../sim/node/behaviour/image-behaviour.ts";
import { defaultTiming } from "../../sim/node/behaviour/timing.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { application, pace, timing } from "../../sim/scenario/schema/application.ts";
import type { JsonSchema } from "../../sim/scenario/schema/schema.ts";

const keysOf = ({ json }: { json: JsonSchema }): string[] =>
  Object.keys(json["properties"] as object).sort();
const read = (cluster: string) =>
  parseScenario(
    "x.yaml",
    `apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {cluster: ${cluster}}\n`,
  ).cluster;

describe("the schema of a cluster", () => {
  it("knows every behaviour, every time of a node and every part of a pace", () => {
    expect(keysOf(application)).toEqual([...BEHAVIOUR_FIELDS].sort());
    expect(keysOf(timing)).toEqual(Object.keys(defaultTiming).sort());
    expect(keysOf(pace)).toEqual(Object.keys(paces.kubernetes).sort());
  });

  it("takes behaviours in all their forms", () => {
    const forms = [
      "{startTime: 3, readyAfter: {dist: normal, mean: 5s, deviation: 1s}, stopTime: never}",
      "{exits: {after: {dist: choice, of: [1s, 2]}, code: 3, times: 2, message: bye}}",
      "{probes: {liveness: failure, readiness: [success, {from: 60s, answer: timeout}]}}",
      "{cpu: 250m, memory: [{value: 100Mi, growth: 1Mi}, {from: 1m, value: 1Gi}]}",
      '{logs: [hello, {at: 1s, text: tick, every: 10s}], commands: {date: Thu, "ls *": {code: 2}}}',
      "{serves: {capacity: 100, latency: 20ms, errors: 0.1, cpuPerRequest: 5m}, size: 1Gi}",
      "{pull: {time: 3s}, stopCode: 143, preStopTime: 2s}",
    ];
    const images = read(`{images: {${forms.map((form, at) => `a${at}: ${form}`).join(", ")}}}`);
    expect(Object.keys(images.images ?? {})).toHaveLength(forms.length);
  });

  it("reads a pace's times as durations", () => {
    expect(
      read(
        "{pace: {apiLatency: 20ms, controllerLimit: none, schedulerLimit: {perSecond: 5, burst: 9}}}",
      ).pace,
    ).toEqual({
      apiLatency: 20 * MILLISECOND,
      controllerLimit: undefined,
      schedulerLimit: { perSecond: 5, burst: 9 },
    });
  });
});
