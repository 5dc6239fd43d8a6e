import type { FinishedRun } from "../../report/run-facts.ts";
import type { JournalBody, JournalEntry } from "../../sim/engine/journal.ts";
import { SECOND } from "../../sim/engine/time.ts";
import type { RunResult } from "../../sim/scenario/run/run-result.ts";

const node = (name: string): object => ({
  metadata: { name },
  status: {
    allocatable: { cpu: "4", memory: "8Gi" },
    conditions: [{ type: "Ready", status: "True" }],
  },
});

function pod(name: string, on: string, phase: string, ready: boolean, more: object = {}): object {
  return {
    metadata: { name, namespace: "default", uid: `uid-${name}`, ...more },
    spec: {
      ...(on === "" ? {} : { nodeName: on }),
      containers: [{ name: "main", resources: { requests: { cpu: "1", memory: "1Gi" } } }],
    },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{ name: "main", restartCount: 0 }],
    },
  };
}

const entries: JournalEntry[] = [];
const objects = new Map<string, object>();

function write(seconds: number, actor: string, body: JournalBody): void {
  const seq = entries.length + 1;
  entries.push({ seq, time: seconds * SECOND, actor, cause: seq - 1, ...body } as JournalEntry);
}

function change(
  seconds: number,
  actor: string,
  collection: string,
  key: string,
  after?: object,
): void {
  const before = objects.get(key);
  if (after === undefined) objects.delete(key);
  else objects.set(key, after);
  write(seconds, actor, {
    kind: "change",
    collection,
    key,
    revision: entries.length,
    before,
    after,
  });
}

for (const name of ["node-1", "node-2"]) change(0, "nodes", "Node", name, node(name));
write(1, "scenario", {
  kind: "step",
  step: {
    id: "deploy",
    what: "begin",
    occurrence: 0,
    text: "apply",
    say: "Two pods & a <fault>.",
    action: "apply web.yaml",
  },
});
["web-1", "web-2"].forEach((name, at) => {
  const key = `default/${name}`;
  const on = `node-${at + 1}`;
  change(1, "replicaset-controller", "Pod", key, pod(name, "", "Pending", false));
  change(2 + at, "scheduler", "Pod", key, pod(name, on, "Pending", false));
  change(5 + at, `kubelet/${on}`, "Pod", key, pod(name, on, "Running", false));
  change(8 + at, `kubelet/${on}`, "Pod", key, pod(name, on, "Running", true));
});
write(9, "scenario", {
  kind: "expectation",
  name: "both serve",
  passed: true,
  message: "after 8s",
});
write(20, "scenario", {
  kind: "fault",
  phase: "begin",
  fault: { type: "node-crash", target: "node node-2" },
});
change(30, "node-lifecycle", "Pod", "default/web-2", pod("web-2", "node-2", "Running", false));
change(
  40,
  "taint-eviction",
  "Pod",
  "default/web-2",
  pod("web-2", "node-2", "Running", false, { deletionTimestamp: "x" }),
);
change(40, "replicaset-controller", "Pod", "default/web-3", pod("web-3", "", "Pending", false));
change(41, "scheduler", "Pod", "default/web-3", pod("web-3", "node-1", "Pending", false));
change(45, "kubelet/node-1", "Pod", "default/web-3", pod("web-3", "node-1", "Running", true));
write(50, "scenario", {
  kind: "fault",
  phase: "end",
  fault: { type: "node-crash", target: "node node-2" },
});
change(51, "kubelet/node-2", "Pod", "default/web-2");
write(60, "scenario", {
  kind: "expectation",
  name: "never alone",
  passed: false,
  message: "1 is less than 2",
});

/** A run written down by hand: it changes when it is changed here, and never with the simulation. */
export const smallRun: FinishedRun = {
  title: "A small run",
  description: "Two pods, and a node that fails.",
  entries,
  end: 60 * SECOND,
};

/** Its result. */
export const smallResult: RunResult = {
  apiVersion: "ksim.dev/v1",
  kind: "RunResult",
  scenario: "small",
  seed: "1",
  scheduler: "default",
  version: "0.0.0",
  digest: "0123456789abcdef0123456789abcdef",
  simulatedSeconds: 60,
  events: 100,
  writes: 17,
  decisions: 3,
  podsBound: 3,
  expectations: [
    { name: "both serve", passed: true, at: 9, message: "after 8s" },
    { name: "never alone", passed: false, at: 60, message: "1 is less than 2" },
  ],
  measures: [{ name: "waits", value: 1.5, unit: "seconds", threshold: "< 2s", passed: true }],
  violations: [],
};
