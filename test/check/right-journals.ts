import type { JournalEntry } from "../../sim/engine/journal.ts";
import { MINUTE } from "../../sim/engine/time.ts";
import {
  change,
  type Loose,
  lasting,
  later,
  object,
  owned,
  quota,
  readyPod,
  rolling,
  sized,
  sizedAndSeen,
  staleWatch,
} from "./mutant-journals.ts";

const onNode = { spec: { nodeName: "n" } };
const daemon = (name: string): Loose => owned("Pod", name, "DaemonSet", "d", onNode);

const ending = { metadata: { namespace: undefined, deletionTimestamp: "t" } };

const restarted = (restartCount: number): Loose =>
  object("Pod", "p", { ...onNode, status: { containerStatuses: [{ name: "c", restartCount }] } });

const pausedLeader = lasting("leader-pause");

/** What looks wrong and is not: a law that minds is too strict. */
export const rightJournals: readonly (readonly [
  law: string,
  what: string,
  journal: readonly JournalEntry[],
])[] = [
  [
    "one-daemon-per-node",
    "a pod in place of one that was let go with its labels",
    [
      change("Pod", undefined, daemon("a")),
      change("Pod", daemon("a"), object("Pod", "a", onNode)),
      change("Pod", undefined, daemon("b")),
    ],
  ],
  [
    "one-daemon-per-node",
    "a pod that an unfenced leader makes twice",
    [
      change("Pod", undefined, daemon("a")),
      ...pausedLeader,
      change("Pod", undefined, daemon("b"), MINUTE),
    ],
  ],
  [
    "surge-bound",
    "a ReplicaSet in place of one that was let go with its labels",
    [
      change("Deployment", undefined, rolling),
      change("ReplicaSet", undefined, sized(4)),
      change("ReplicaSet", sized(4), object("ReplicaSet", "old", { spec: { replicas: 4 } })),
      change(
        "ReplicaSet",
        undefined,
        owned("ReplicaSet", "new", "Deployment", "web", { spec: { replicas: 4 } }),
      ),
    ],
  ],
  [
    "deletion-is-final",
    "a second deletion that waits for dependents",
    [
      change(
        "ReplicaSet",
        object("ReplicaSet", "r", { metadata: { deletionTimestamp: "t", finalizers: ["orphan"] } }),
        object("ReplicaSet", "r", {
          metadata: { deletionTimestamp: "t", finalizers: ["foregroundDeletion"] },
        }),
      ),
    ],
  ],
  [
    "quota-held",
    "a count that a stale watch makes too high for a moment",
    [...staleWatch, change("ResourceQuota", quota("1"), quota("3"), MINUTE)],
  ],
  [
    "quota-held",
    "a recount of what an unfenced leader counted too low",
    [...pausedLeader, change("ResourceQuota", quota("1"), quota("3"), 5 * MINUTE)],
  ],
  [
    "endpoints-follow-readiness",
    "a Service that is a name only",
    [
      change(
        "Service",
        undefined,
        object("Service", "s", { spec: { selector: { app: "a" }, type: "ExternalName" } }),
      ),
      change(
        "Pod",
        undefined,
        object("Pod", "p", {
          metadata: { labels: { app: "a" } },
          status: { ...readyPod.status, podIP: "10.0.0.1" },
        }),
      ),
      later(10 * MINUTE),
    ],
  ],
  [
    "desired-is-reached",
    "a StatefulSet whose pod's name somebody else's pod has",
    [
      change("StatefulSet", undefined, object("StatefulSet", "db", sizedAndSeen)),
      change("Pod", undefined, owned("Pod", "db-0", "StatefulSet", "db", readyPod)),
      change("Pod", undefined, object("Pod", "db-1", readyPod)),
      later(10 * MINUTE),
    ],
  ],
  [
    "desired-is-reached",
    "a workload in a namespace that a pod's finalizer keeps from going",
    [
      change("Namespace", undefined, object("Namespace", "default", ending)),
      change("StatefulSet", undefined, object("StatefulSet", "db", sizedAndSeen)),
      later(10 * MINUTE),
    ],
  ],
  [
    "unique-host-ports",
    "pods with the same port on different addresses",
    ["a", "b"].flatMap((name, at) => {
      const ports = [{ hostPort: 80, hostIP: `10.0.0.${at}` }];
      const pod = (nodeName?: string): Loose =>
        object("Pod", name, { spec: { nodeName, containers: [{ ports }] } });
      return [change("Pod", undefined, pod()), change("Pod", pod(), pod("n"))];
    }),
  ],
  [
    "absorbing-phases",
    "restarts counted anew by another machine of the name",
    [
      change("Node", object("Node", "n", { metadata: { namespace: undefined } }), undefined),
      change("Pod", restarted(2), restarted(0)),
    ],
  ],
];
