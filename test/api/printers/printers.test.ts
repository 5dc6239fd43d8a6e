import { describe, expect, it } from "vitest";
import { customResourcePrinter } from "../../../sim/api/kinds/columns/custom-resource.ts";
import { humanDuration, shortHumanDuration } from "../../../sim/api/kinds/columns/duration.ts";
import { cellsOf, columnsOf, printerOf } from "../../../sim/api/kinds/columns/printers.ts";
import type { KubeObject } from "../../../sim/api/object.ts";
import { HOUR, MINUTE, SECOND } from "../../../sim/engine/time.ts";
import { judgePrinters } from "./judge.ts";

const DAY = 24 * HOUR;

describe("server-side tables", () => {
  it("equal every recorded table", () => {
    const verdict = judgePrinters("test/golden/api/printers.jsonl.gz");
    console.log(
      `printers: ${verdict.tablesRight}/${verdict.tables} tables, ${verdict.rowsRight}/${verdict.rows} rows`,
    );
    expect(verdict.differences).toEqual([]);
    expect(verdict.tables).toBe(65);
  });

  it("print name and creation time of a kind without a printer", () => {
    const metadata = {
      name: "a",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
    };
    const object = { apiVersion: "v1", kind: "LimitRange", metadata };
    expect(columnsOf("LimitRange").map(({ name }) => name)).toEqual(["Name", "Created At"]);
    expect(cellsOf("LimitRange", object, { now: 0 })).toEqual(["a", "2026-01-01T00:00:00Z"]);
  });
});

describe("ages", () => {
  it.each([
    [-2 * SECOND, "<invalid>", "<invalid>"],
    [-SECOND, "0s", "0s"],
    [119 * SECOND, "119s", "1m"],
    [2 * MINUTE, "2m", "2m"],
    [9 * MINUTE + 59 * SECOND, "9m59s", "9m"],
    [10 * MINUTE + 5 * SECOND, "10m", "10m"],
    [179 * MINUTE, "179m", "2h"],
    [3 * HOUR, "3h", "3h"],
    [7 * HOUR + 59 * MINUTE, "7h59m", "7h"],
    [47 * HOUR, "47h", "1d"],
    [2 * DAY + 3 * HOUR, "2d3h", "2d"],
    [7 * DAY, "7d", "7d"],
    [8 * DAY + HOUR, "8d", "8d"],
    [729 * DAY, "729d", "1y"],
    [2 * 365 * DAY, "2y", "2y"],
    [(3 * 365 + 4) * DAY, "3y4d", "3y"],
    [9 * 365 * DAY, "9y", "9y"],
  ])("of %d µs read %s, in short %s", (span, long, short) => {
    expect(humanDuration(span)).toBe(long);
    expect(shortHumanDuration(span)).toBe(short);
  });
});

const base = {
  name: "p",
  uid: "u",
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
};

function podStatus(pod: object): unknown {
  const object = { apiVersion: "v1", kind: "Pod", metadata: base, ...pod };
  return cellsOf("Pod", object, { now: HOUR }).slice(1, 4);
}

describe("a pod's row", () => {
  const one = { containers: [{ name: "a" }] };
  const two = { containers: [{ name: "a" }, { name: "b" }] };
  const running = { running: {} };
  it.each([
    [
      "waits for its image",
      one,
      {
        phase: "Pending",
        containerStatuses: [
          {
            name: "a",
            restartCount: 0,
            ready: false,
            state: { waiting: { reason: "ErrImagePull" } },
          },
        ],
      },
      ["0/1", "ErrImagePull", "0"],
    ],
    [
      "stands in its second init container",
      { ...one, initContainers: [{ name: "i" }, { name: "j" }] },
      {
        phase: "Pending",
        initContainerStatuses: [
          { name: "i", restartCount: 0, state: { terminated: { exitCode: 0 } } },
          { name: "j", restartCount: 0, state: running },
        ],
      },
      ["0/1", "Init:1/2", "0"],
    ],
    [
      "failed to initialize",
      { ...one, initContainers: [{ name: "i" }] },
      {
        phase: "Pending",
        initContainerStatuses: [
          {
            name: "i",
            restartCount: 3,
            state: { terminated: { exitCode: 2 } },
            lastState: { terminated: { exitCode: 2, finishedAt: "2026-01-01T00:58:00Z" } },
          },
        ],
      },
      ["0/1", "Init:ExitCode:2", "3 (2m ago)"],
    ],
    [
      "counts a started sidecar",
      { ...one, initContainers: [{ name: "s", restartPolicy: "Always" }] },
      {
        phase: "Running",
        initContainerStatuses: [
          { name: "s", restartCount: 1, started: true, ready: true, state: running },
        ],
        containerStatuses: [{ name: "a", restartCount: 1, ready: true, state: running }],
      },
      ["2/2", "Running", "2"],
    ],
    [
      "was killed by a signal",
      one,
      {
        phase: "Failed",
        containerStatuses: [
          {
            name: "a",
            restartCount: 0,
            ready: false,
            state: { terminated: { exitCode: 137, signal: 9 } },
          },
        ],
      },
      ["0/1", "Signal:9", "0"],
    ],
    [
      "is half done but ready",
      two,
      {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [
          {
            name: "a",
            restartCount: 0,
            ready: false,
            state: { terminated: { exitCode: 0, reason: "Completed" } },
          },
          { name: "b", restartCount: 0, ready: true, state: running },
        ],
      },
      ["1/2", "Running", "0"],
    ],
    [
      "is half done and not ready",
      two,
      {
        phase: "Running",
        containerStatuses: [
          {
            name: "a",
            restartCount: 0,
            ready: false,
            state: { terminated: { exitCode: 0, reason: "Completed" } },
          },
          { name: "b", restartCount: 0, ready: true, state: running },
        ],
      },
      ["1/2", "NotReady", "0"],
    ],
    ["was evicted", one, { phase: "Failed", reason: "Evicted" }, ["0/1", "Evicted", "0"]],
  ])("tells that it %s", (_, spec, status, cells) => {
    expect(podStatus({ spec, status })).toEqual(cells);
  });

  it("tells Terminating once it is being deleted, Unknown when its node is lost", () => {
    const metadata = { ...base, deletionTimestamp: "2026-01-01T00:00:30Z" };
    expect(podStatus({ metadata, spec: one, status: { phase: "Running" } })).toEqual([
      "0/1",
      "Terminating",
      "0",
    ]);
    expect(
      podStatus({ metadata, spec: one, status: { phase: "Running", reason: "NodeLost" } }),
    ).toEqual(["0/1", "Unknown", "0"]);
    expect(podStatus({ metadata, spec: one, status: { phase: "Succeeded" } })).toEqual([
      "0/1",
      "Succeeded",
      "0",
    ]);
  });
});

describe("a row", () => {
  const labels = { app: "a", "app.kubernetes.io/name": "b" };
  const template = { metadata: { labels }, spec: { containers: [] } };
  const target = { type: "Value", value: "5" };
  const external = { metric: { name: "m" }, target };
  const scaleTargetRef = { kind: "Deployment", name: "d" };
  it.each([
    ["Service", { spec: { selector: labels } }, 6, "app.kubernetes.io/name=b,app=a"],
    [
      "IngressClass",
      {
        metadata: {
          ...base,
          annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
        },
        spec: { controller: "a.b/c" },
      },
      0,
      "p (default)",
    ],
    [
      "ReplicaSet",
      { spec: { template, selector: { matchLabels: labels } } },
      7,
      "app=a,app.kubernetes.io/name=b",
    ],
    [
      "ValidatingAdmissionPolicyBinding",
      {
        spec: {
          policyName: "p",
          paramRef: {
            selector: {
              matchLabels: { a: "b" },
              matchExpressions: [{ key: "t", operator: "In", values: ["x", "y"] }],
            },
          },
        },
      },
      2,
      "&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:t,Operator:In,Values:[x y],},},}",
    ],
    [
      "HorizontalPodAutoscaler",
      {
        spec: { scaleTargetRef, metrics: [{ type: "External", external }] },
        status: { currentMetrics: [{ type: "External", external: { current: {} } }] },
      },
      2,
      "<nil>/5",
    ],
  ])("of a %s prints what upstream prints", (kind, rest, column, text) => {
    const object = { apiVersion: "v1", kind, metadata: base, ...rest };
    expect(cellsOf(kind, object, { now: HOUR })[column]).toBe(text);
  });

  it("of a pod that is done has a condition to hide it by", () => {
    const row = (phase: string) =>
      printerOf("Pod").conditions?.({
        apiVersion: "v1",
        kind: "Pod",
        metadata: base,
        status: { phase },
      } as KubeObject);
    expect(row("Running")).toBeUndefined();
    expect(row("Succeeded")?.[0]).toMatchObject({ type: "Completed", reason: "Succeeded" });
    expect(row("Failed")?.[0]?.message).toBe("The pod failed.");
  });
});

describe("a custom resource's columns", () => {
  const object = {
    apiVersion: "x/v1",
    kind: "X",
    metadata: { ...base, annotations: { "a.b/c": "d" } },
    spec: {
      n: 1.5,
      list: [
        { k: "a", v: 1 },
        { k: "b", v: 2 },
      ],
      deep: { o: { z: true } },
      s: "t",
      million: 1234567.5,
      nothing: null,
      unordered: { z: "<", a: [{ c: 1, b: 2 }] },
    },
  };
  it.each([
    ["string", ".spec.s", "t"],
    ["string", ".spec.n", "1.5"],
    ["string", ".spec.deep", '{"o":{"z":true}}'],
    ["string", ".spec.unordered", '{"a":[{"b":2,"c":1}],"z":"\\u003c"}'],
    ["string", ".spec.million", "1.2345675e+06"],
    ["string", ".spec.nothing", "<no value>"],
    ["integer", ".spec.nothing", null],
    ["integer", ".spec.n", 1],
    ["number", ".spec.n", 1.5],
    ["integer", ".spec.s", null],
    ["boolean", ".spec.deep.o.z", true],
    ["boolean", "..z", true],
    ["integer", '.spec.list[?(@.k=="b")].v', 2],
    ["integer", ".spec.list[?(@.v>1)].v", 2],
    ["integer", ".spec.list[-1].v", 2],
    ["integer", ".spec.list[*].v", 1],
    ["string", ".spec.list[0:1].k", "a"],
    ["string", "['spec']['s']", "t"],
    ["string", ".metadata.annotations.a\\.b/c", "d"],
    ["string", ".spec.missing.deeper", null],
    ["string", ".spec[", null],
    ["date", ".metadata.creationTimestamp", "60m"],
    ["date", ".spec.s", "<invalid>"],
  ])("of type %s at %s are read", (type, jsonPath, cell) => {
    const printer = customResourcePrinter([{ name: "C", type, jsonPath }]);
    expect(printer.cells(object, { now: HOUR })).toEqual(["p", cell]);
  });
});
