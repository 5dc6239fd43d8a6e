import { describe, expect, it } from "vitest";
import { Monitors } from "../../sim/check/monitors.ts";
import { invariants } from "../../sim/check/registry.ts";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { furtherMutants, workloadMutants } from "./mutant-journals.ts";
import { rightJournals } from "./right-journals.ts";

type Loose = Record<string, any>;

let seq = 0;
function change(
  collection: string,
  before: Loose | undefined,
  after: Loose | undefined,
  time = 0,
): JournalEntry {
  const object = (after ?? before) as Loose;
  seq++;
  return {
    kind: "change",
    collection,
    key: `default/${object["metadata"].name}`,
    revision: seq,
    before,
    after,
    seq,
    time,
    actor: "test",
    cause: 0,
  } as JournalEntry;
}

function pod(name: string, parts: Loose = {}): Loose {
  const { metadata, spec, status } = parts as { metadata?: Loose; spec?: Loose; status?: Loose };
  return {
    kind: "Pod",
    metadata: { name, namespace: "default", uid: name, ...metadata },
    spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }], ...spec },
    status: { phase: "Running", ...status },
  };
}

const node = {
  kind: "Node",
  metadata: { name: "n", uid: "n" },
  status: { allocatable: { cpu: "1500m", memory: "1Gi", pods: "10" } },
};
const nodeEntry = {
  ...(change("Node", undefined, node) as Loose),
  key: "n",
} as unknown as JournalEntry;
const owner = { kind: "Deployment", name: "web", uid: "web", controller: true };
const deployment = {
  kind: "Deployment",
  metadata: { name: "web", uid: "web", generation: 1 },
  spec: { replicas: 2, strategy: { rollingUpdate: { maxSurge: 1 } } },
  status: { observedGeneration: 1 },
};
const set = (name: string, replicas: number, hash = name): Loose => ({
  kind: "ReplicaSet",
  metadata: {
    name,
    uid: name,
    generation: 1,
    labels: { "pod-template-hash": hash },
    ownerReferences: [owner],
  },
  spec: { replicas },
});
const restarted = (count: number, finishedAt: string): Loose =>
  pod("p", {
    status: {
      containerStatuses: [
        {
          name: "c",
          restartCount: count,
          state: { running: {} },
          lastState: { terminated: { finishedAt, startedAt: finishedAt } },
        },
      ],
    },
  });
const dead = (count: number, finishedAt: string): Loose =>
  pod("p", {
    status: {
      containerStatuses: [
        {
          name: "c",
          restartCount: count,
          state: { terminated: { finishedAt, startedAt: finishedAt } },
        },
      ],
    },
  });

/** For every law a mutant: a journal in which it is broken. */
const mutants: Readonly<Record<string, readonly JournalEntry[]>> = {
  ...workloadMutants,
  "no-overcommit": [
    nodeEntry,
    ...["a", "b"].flatMap((name) => [
      change("Pod", undefined, pod(name)),
      change("Pod", pod(name), pod(name, { spec: { nodeName: "n" } })),
    ]),
  ],
  "bind-once": [
    change("Pod", pod("p", { spec: { nodeName: "n" } }), pod("p", { spec: { nodeName: "m" } })),
  ],
  "unique-pod-ips": ["a", "b"].map((name) =>
    change("Pod", undefined, pod(name, { status: { podIP: "10.0.0.1" } })),
  ),
  "surge-bound": [
    change("Deployment", undefined, deployment),
    change("ReplicaSet", undefined, set("old", 2)),
    change("ReplicaSet", undefined, set("new", 2)),
  ],
  "one-set-per-template": [
    change("ReplicaSet", undefined, set("a", 1, "same")),
    change("ReplicaSet", undefined, set("b", 1, "same")),
  ],
  "one-controller-owner": [
    change(
      "Pod",
      undefined,
      pod("p", { metadata: { ownerReferences: [owner, { ...owner, uid: "other" }] } }),
    ),
  ],
  "restart-back-off": [
    change("Pod", dead(0, "2026-01-01T00:00:00Z"), restarted(1, "2026-01-01T00:00:00Z"), SECOND),
    change(
      "Pod",
      restarted(1, "2026-01-01T00:00:00Z"),
      dead(1, "2026-01-01T00:00:02Z"),
      2 * SECOND,
    ),
    change(
      "Pod",
      dead(1, "2026-01-01T00:00:02Z"),
      restarted(2, "2026-01-01T00:00:02Z"),
      4 * SECOND,
    ),
  ],
  "absorbing-phases": [change("Pod", pod("p", { status: { phase: "Failed" } }), pod("p"))],
  "generation-counts": [
    change("Deployment", deployment, { ...deployment, spec: { ...deployment.spec, replicas: 3 } }),
  ],
  "unique-uids": [
    change("Pod", undefined, pod("a")),
    change("Pod", undefined, pod("b", { metadata: { uid: "a" } })),
  ],
  "deletion-is-final": [
    change("Pod", pod("p", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }), pod("p")),
  ],
  "endpoints-follow-readiness": [
    change("Service", undefined, {
      kind: "Service",
      metadata: { name: "s", namespace: "default", uid: "s" },
      spec: { selector: { app: "a" } },
    }),
    change(
      "Pod",
      undefined,
      pod("p", {
        metadata: { labels: { app: "a" } },
        status: { podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True" }] },
      }),
    ),
    {
      kind: "event",
      event: { type: "later" },
      seq: 99,
      time: 120 * SECOND,
      actor: "test",
      cause: 0,
    },
  ],
};

describe("invariants", () => {
  it.each(invariants.map(({ name }) => name))("%s has a mutant that breaks it", (name) => {
    const monitors = new Monitors([name]);
    for (const entry of mutants[name] ?? []) monitors.take(entry);
    expect(monitors.finish(120 * SECOND)?.invariant).toBe(name);
  });

  it.each(furtherMutants)("%s finds %s", (law, _, journal) => {
    const monitors = new Monitors([law]);
    for (const entry of journal) monitors.take(entry);
    expect(monitors.finish(0)?.invariant).toBe(law);
  });

  it.each(rightJournals)("%s lets pass %s", (law, _, journal) => {
    const monitors = new Monitors([law]);
    for (const entry of journal) monitors.take(entry);
    expect(monitors.finish(0)).toBeUndefined();
  });

  it("say nothing where nothing is wrong", () => {
    const monitors = new Monitors();
    monitors.take(nodeEntry);
    monitors.take(change("Pod", undefined, pod("fine")));
    monitors.take(change("Pod", pod("fine"), pod("fine", { spec: { nodeName: "n" } })));
    expect(monitors.finish(SECOND)).toBeUndefined();
  });
});
