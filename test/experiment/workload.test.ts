import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import { generate, parseAmount } from "../../sim/experiment/generator.ts";
import { readGenerator } from "../../sim/experiment/generator-file.ts";
import { TraceError } from "../../sim/experiment/input-error.ts";
import { adjusted, lastEnd, podManifest } from "../../sim/experiment/workload.ts";
import { parseWorkload, workloadText } from "../../sim/experiment/workload-file.ts";

const generator = readGenerator(
  {
    pods: 200,
    arrivals: { dist: "exponential", mean: "2s" },
    classes: [
      { name: "web", weight: 3, requests: { cpu: ["500m", 1], memory: "1Gi" }, runs: "1m" },
      {
        name: "db",
        requests: { cpu: { dist: "uniform", min: 1, max: 2, step: "500m" } },
        together: 2,
      },
    ],
  },
  (path, message) => {
    throw new Error(`${path.join(".")}: ${message}`);
  },
);

describe("a generator", () => {
  test("gives the same workload for the same seed, and another for another", () => {
    expect(generate(generator, "7")).toEqual(generate(generator, "7"));
    expect(generate(generator, "7")).not.toEqual(generate(generator, "8"));
  });

  test("keeps to its number, its order and its amounts", () => {
    const { events } = generate(generator, "1");
    expect(events).toHaveLength(200);
    expect(events.every(({ at }, index) => at >= (events[index - 1]?.at ?? 0))).toBe(true);
    const asked = new Set(
      events.map((event) => ("pod" in event ? event.pod.requests?.["cpu"] : "")),
    );
    expect([...asked].sort()).toEqual(["1000m", "1500m", "2000m", "500m"]);
  });

  test("another class of pods shifts nobody's arrival", () => {
    const more = { ...generator, classes: [...generator.classes.slice(0, 1)] };
    const times = (seed: string, of: typeof generator) =>
      new Set(
        generate(
          { ...of, classes: of.classes.map((one) => ({ ...one, together: 1 })) },
          seed,
        ).events.map(({ at }) => at),
      );
    expect(times("3", generator)).toEqual(times("3", more));
  });

  test.each([
    ["4x", 'amount: expected a quantity like 500m or 4Gi, got "4x"'],
    [[], "amount: expected at least one quantity"],
    [{ dist: "uniform", min: 2, max: 1 }, "amount.max: expected at least min"],
    [{ dist: "zipf" }, 'amount.dist: expected uniform, normal, exponential or choice, got "zipf"'],
  ])("refuses the amount %j", (value, message) => {
    expect(() => parseAmount(value, "amount")).toThrow(message);
  });
});

describe("a workload file", () => {
  const workload = { ...generate(generator, "1"), nodes: [{ count: 2, capacity: { cpu: "4" } }] };

  test("reads back as it was written", () => {
    expect(parseWorkload("w.jsonl", workloadText(workload))).toEqual(workload);
  });

  test("may be YAML", () => {
    const text = `apiVersion: ksim.dev/v1
kind: Workload
metadata: {name: two}
spec:
  events:
    - {at: 1m30s, pod: {name: b, requests: {cpu: 1}, runs: 10s}}
    - {at: 5, apply: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}}
`;
    const { events, name } = parseWorkload("w.yaml", text);
    expect(name).toBe("two");
    expect(events.map(({ at }) => at / SECOND)).toEqual([5, 90]);
  });

  const head = '{"apiVersion":"ksim.dev/v1","kind":"Workload","metadata":{"name":"x"},"spec":{}}\n';
  test.each([
    [
      `${head}{"at":1,"pod":{"name":"a"}}\n{"at":-1,"pod":{"name":"a"}}`,
      3,
      2,
      "expected seconds or a time like 1m30s, got -1",
    ],
    [`${head}{"at":1,"pod":{"name":"a","rums":3}}`, 2, 27, 'unknown key "rums"'],
    [`${head}{"at":1}`, 2, 1, "expected one of pod, apply, delete, got none"],
    [`${head}{"at":1,`, 2, 9, "expected one JSON object on this line"],
    [`${head}{"at":1,"delete":{"kind":"Pod"}}`, 2, 1, 'expected the key "apiVersion", a text'],
    [
      '{"apiVersion":"ksim.dev/v1","kind":"Scenario"}\n',
      1,
      1,
      'expected kind Workload of ksim.dev/v1, got "Scenario"',
    ],
    [
      "kind: Workload\napiVersion: ksim.dev/v1\nspec:\n  events:\n    - {at: soon, pod: {name: a}}\n",
      5,
      12,
      'expected seconds or a time like 1m30s, got "soon"',
    ],
    ["a: [1\n", 2, 1, "not valid YAML"],
  ])("with a mistake is refused with its place: %#", (text, line, column, message) => {
    let error: unknown;
    try {
      parseWorkload("w", text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TraceError);
    const { line: at, column: from, message: said } = error as TraceError;
    expect([at, from]).toEqual([line, column]);
    expect(said).toContain(message);
  });

  test("can be played faster and cut", () => {
    const fast = adjusted(workload, { speed: 10, limit: 50 });
    expect(fast.events).toHaveLength(50);
    expect(fast.events[49]?.at).toBe(Math.round((workload.events[49]?.at ?? 0) / 10));
    expect(lastEnd(fast)).toBeLessThan(lastEnd(workload));
  });

  test("a pod that runs for a time is a Pod that declares it and is not restarted", () => {
    const pod = podManifest({
      name: "a",
      requests: { cpu: "1", "x.io/gpu": 2 },
      runs: 1.5,
      priority: -5,
    });
    expect(pod).toMatchObject({
      metadata: {
        namespace: "default",
        annotations: { "ksim.dev/exits": "{after: 1500000us, code: 0}" },
      },
      spec: {
        restartPolicy: "Never",
        priorityClassName: "priority-minus-5",
        containers: [
          { resources: { requests: { cpu: "1", "x.io/gpu": "2" }, limits: { "x.io/gpu": "2" } } },
        ],
      },
    });
  });
});
