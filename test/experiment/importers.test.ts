import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import { importers } from "../../sim/experiment/importers/registry.ts";
import { TraceError } from "../../sim/experiment/input-error.ts";

const shared = new URL("../../../shared/traces/", import.meta.url);
const present = existsSync(shared);

function load(path: string): { name: string; bytes: Uint8Array } {
  const bytes = readFileSync(new URL(path, shared));
  return { name: path, bytes: path.endsWith(".gz") ? gunzipSync(bytes) : bytes };
}

function read(format: string, ...files: (string | { name: string; bytes: Uint8Array })[]) {
  const importer = importers.find(({ name }) => name === format);
  if (importer === undefined) throw new Error(format);
  return importer.read(
    files.map((file, at) =>
      typeof file === "string"
        ? { name: `file-${at + 1}`, bytes: new TextEncoder().encode(file) }
        : file,
    ),
  );
}

describe.runIf(present)("the shared traces", () => {
  test("every list of openb pods is read whole", () => {
    const nodes = load("openb/openb_node_list_all_node.csv.gz");
    const lists = readdirSync(new URL("openb/", shared)).filter((name) =>
      name.includes("pod_list"),
    );
    expect(lists.length).toBeGreaterThan(10);
    for (const name of lists) {
      const pods = load(`openb/${name}`);
      const rows = new TextDecoder().decode(pods.bytes).trim().split("\n").length - 1;
      const { workload } = read("openb", nodes, pods);
      expect(workload.events).toHaveLength(rows);
      expect(workload.nodes).toHaveLength(1523);
    }
  });

  test("an openb pod keeps its share of a GPU, its models and its time", () => {
    const { workload } = read("openb", load("openb/openb_pod_list_default.csv.gz"));
    const shown = workload.events.find(
      (event) => "pod" in event && event.pod.name === "openb-pod-0001",
    );
    expect(shown).toEqual({
      at: 427_061 * SECOND,
      pod: {
        name: "openb-pod-0001",
        requests: { cpu: "6000m", memory: "12288Mi", "alibabacloud.com/gpu-milli": "460" },
        runs: 12_902_960 - 427_061,
        labels: { qos: "LS" },
        annotations: { "alibabacloud.com/gpu-count": "1", "alibabacloud.com/gpu-milli": "460" },
      },
    });
  });

  test.each([
    ["bare-pods.sktrace", 4],
    ["cronjob.sktrace", 2],
    ["dsb-scaling.sktrace", 34],
    ["large_trace.json.gz", 146],
    ["trace.json.gz", 2],
  ])("SimKube's %s is read", (name, least) => {
    const { workload } = read("simkube", load(`simkube/${name}`));
    expect(workload.events.length).toBeGreaterThanOrEqual(least);
    expect(workload.events[0]?.at).toBe(0);
    expect(JSON.stringify(workload)).not.toMatch(/kube-api-access|resourceVersion|"status"/);
  });

  test("a SimKube pod runs as long as it did", () => {
    const { workload } = read("simkube", load("simkube/bare-pods.sktrace"));
    const told = workload.events.flatMap((event) =>
      "apply" in event ? (event.apply.metadata.annotations?.["ksim.dev/exits"] ?? "on") : [],
    );
    expect(told).toEqual([
      "{after: 12s, code: 0}",
      "{after: 30s, code: 0}",
      "{after: 30s, code: 0}",
      "on",
    ]);
  });
});

test.skipIf(present)("the shared traces are absent: their tests are left out", () => {
  expect(present).toBe(false);
});

const SWF = `; Version: 2.2
; MaxNodes: 4
; MaxProcs: 32
1 100 10 600 4 -1 1024 4 1200 -1 1 1 1 1 1 1 -1 -1
2 130 0 100 20 -1 -1 20 1200 2048 1 2 1 1 1 1 -1 -1
3 160 0 -1 0 -1 -1 0 1200 2048 5 2 1 1 1 1 -1 -1
`;

describe("the Standard Workload Format", () => {
  test("a job of more processors than a machine has is several pods", () => {
    const { workload, notes } = read("swf", SWF);
    expect(workload.nodes).toEqual([
      { name: "node-{i}", count: 4, capacity: { cpu: "8", memory: "32Gi", pods: "110" } },
    ]);
    expect(
      workload.events.map((event) =>
        "pod" in event ? [event.at / SECOND, event.pod.name, event.pod.requests?.["cpu"]] : [],
      ),
    ).toEqual([
      [0, "job-1", "4"],
      [30, "job-2-1", "8"],
      [30, "job-2-2", "8"],
      [30, "job-2-3", "4"],
    ]);
    expect(notes[0]).toContain("1 jobs never ran");
  });
});

describe("a table of pods", () => {
  test("has columns by many names, labels and requests", () => {
    const { workload } = read(
      "csv",
      'submit_time,name,cpu,memory,duration,count,label:team,request:x.io/fpga,priority\n1m30s,"a",500m,1Gi,60,2,red,1,5\n0,b,1,,,,,0,\n',
    );
    expect(workload.events).toEqual([
      { at: 0, pod: { name: "b", requests: { cpu: "1" } } },
      ...[1, 2].map((at) => ({
        at: 90 * SECOND,
        pod: {
          name: `a-${at}`,
          requests: { cpu: "500m", memory: "1Gi", "x.io/fpga": "1" },
          runs: 60,
          priority: 5,
          labels: { team: "red" },
        },
      })),
    ]);
  });
});

describe("a dump of a cluster", () => {
  const meta = (name: string, more: object = {}) => ({
    name,
    namespace: "default",
    uid: name,
    resourceVersion: "7",
    ...more,
  });
  const dump = JSON.stringify({
    kind: "List",
    apiVersion: "v1",
    items: [
      {
        kind: "Node",
        apiVersion: "v1",
        metadata: { name: "n1", labels: { "kubernetes.io/hostname": "n1", disk: "ssd" } },
        status: { capacity: { cpu: "4" }, allocatable: { cpu: "3900m" } },
      },
      {
        kind: "Deployment",
        apiVersion: "apps/v1",
        metadata: meta("web"),
        spec: { template: { spec: { containers: [] } } },
        status: {},
      },
      {
        kind: "ReplicaSet",
        apiVersion: "apps/v1",
        metadata: meta("web-1", { ownerReferences: [{ uid: "web", controller: true }] }),
      },
      {
        kind: "Pod",
        apiVersion: "v1",
        metadata: meta("web-1-a", { ownerReferences: [{ uid: "web-1", controller: true }] }),
      },
      {
        kind: "Pod",
        apiVersion: "v1",
        metadata: meta("bare"),
        spec: { nodeName: "n1", containers: [] },
        status: { phase: "Running" },
      },
      {
        kind: "Pod",
        apiVersion: "v1",
        metadata: meta("old"),
        spec: {},
        status: { phase: "Succeeded" },
      },
      { kind: "Namespace", apiVersion: "v1", metadata: { name: "kube-system" } },
    ],
  });

  test("keeps what users made, without status, owners and nodes", () => {
    const { workload, notes } = read("cluster-dump", dump);
    expect(workload.nodes).toEqual([
      {
        name: "n1",
        capacity: { cpu: "4" },
        allocatable: { cpu: "3900m" },
        labels: { disk: "ssd" },
      },
    ]);
    expect(workload.events.map((event) => ("apply" in event ? event.apply : {}))).toEqual([
      {
        kind: "Deployment",
        apiVersion: "apps/v1",
        metadata: { name: "web", namespace: "default" },
        spec: { template: { metadata: {}, spec: { containers: [] } } },
      },
      {
        kind: "Pod",
        apiVersion: "v1",
        metadata: { name: "bare", namespace: "default" },
        spec: { containers: [] },
      },
    ]);
    expect(notes[0]).toContain("4 objects");
  });
});

describe("a malformed trace is refused with its place", () => {
  test.each([
    ["openb", ["a,b\n1,2\n"], 1, 1, "expected a list of pods"],
    [
      "openb",
      ["name,cpu_milli,memory_mib,num_gpu,gpu_milli\nx,many,1,0,0\n"],
      2,
      3,
      'cpu_milli: expected a number, got "many"',
    ],
    ["csv", ["at,name\n1,a,b\n"], 2, 5, "expected 2 cells"],
    ["csv", ["at,nmae\n1,a\n"], 1, 4, 'unknown column "nmae"'],
    ["csv", ["name\na\n"], 1, 1, "expected a column at"],
    ["csv", ["at,cpu\n1,2x\n"], 2, 3, "expected a quantity"],
    ["csv", [""], 1, 1, "got an empty file"],
    ["swf", ["1 2 3\n"], 1, 6, "expected 18 numbers"],
    ["swf", [SWF.replace("600", "six")], 4, 10, 'run time: expected a number, got "six"'],
    ["simkube", ["{}"], 1, 1, "expected a trace with events"],
    ["simkube", ['{"events":[\n{"ts":"x"}]}'], 1, 1, "events[0].ts"],
    ["simkube", ["\u0085\u00a7ver"], 1, 1, "not MessagePack"],
    ["simkube", ["\u0005"], 1, 1, "expected a trace with events"],
    ["cluster-dump", ["nope"], 1, 1, "not valid JSON"],
    ["cluster-dump", ['{"items":[{"kind":"Pod"}]}'], 1, 1, "items[0]"],
  ])("%s %#", (format, files, line, column, message) => {
    let error: unknown;
    try {
      read(format, ...files);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TraceError);
    const { line: at, column: from, message: said } = error as TraceError;
    expect([at, from]).toEqual([line, column]);
    expect(said).toContain(message);
  });

  test("a trace that ends early says so", () => {
    const bytes = new Uint8Array([0x82, 0xa6, 0x65, 0x76]);
    expect(() => read("simkube", { name: "t", bytes })).toThrow(
      "not MessagePack: Insufficient data",
    );
  });
});
