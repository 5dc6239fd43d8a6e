import type { Invariant, Monitor } from "./invariant.ts";
import { absorbingPhases } from "./invariants/absorbing-phases.ts";
import { availableBound } from "./invariants/available-bound.ts";
import { bindOnce } from "./invariants/bind-once.ts";
import { deadNodesAreLeft } from "./invariants/dead-nodes-are-left.ts";
import { deletionIsFinal } from "./invariants/deletion-is-final.ts";
import { desiredIsReached } from "./invariants/desired-is-reached.ts";
import { endpointsFollowReadiness } from "./invariants/endpoints-follow-readiness.ts";
import { evictionWithinBudget } from "./invariants/eviction-within-budget.ts";
import { generationCounts } from "./invariants/generation-counts.ts";
import { indexSucceedsOnce } from "./invariants/index-succeeds-once.ts";
import { jobCounts } from "./invariants/job-counts.ts";
import { leaderAfterExpiry } from "./invariants/leader-after-expiry.ts";
import { noBindWhileGated } from "./invariants/no-bind-while-gated.ts";
import { noOvercommit } from "./invariants/no-overcommit.ts";
import { oneControllerOwner } from "./invariants/one-controller-owner.ts";
import { oneDaemonPerNode } from "./invariants/one-daemon-per-node.ts";
import { oneJobPerTime } from "./invariants/one-job-per-time.ts";
import { oneSetPerTemplate } from "./invariants/one-set-per-template.ts";
import { orderedReady } from "./invariants/ordered-ready.ts";
import { orphansAreCollected } from "./invariants/orphans-are-collected.ts";
import { partitionHeld } from "./invariants/partition-held.ts";
import { podsAreBound } from "./invariants/pods-are-bound.ts";
import { preemptionByPriority } from "./invariants/preemption-by-priority.ts";
import { probeThresholds } from "./invariants/probe-thresholds.ts";
import { quotaHeld } from "./invariants/quota-held.ts";
import { restartBackOff } from "./invariants/restart-back-off.ts";
import { surgeBound } from "./invariants/surge-bound.ts";
import { uniqueHostPorts } from "./invariants/unique-host-ports.ts";
import { uniquePodIps } from "./invariants/unique-pod-ips.ts";
import { uniqueUids } from "./invariants/unique-uids.ts";

/** Every law that runs are checked against. A new one is one file and one line here. */
export const invariants: readonly Invariant[] = [
  noOvercommit,
  bindOnce,
  noBindWhileGated,
  uniquePodIps,
  uniqueHostPorts,
  quotaHeld,
  preemptionByPriority,
  surgeBound,
  availableBound,
  oneSetPerTemplate,
  oneControllerOwner,
  orderedReady,
  partitionHeld,
  jobCounts,
  indexSucceedsOnce,
  oneJobPerTime,
  oneDaemonPerNode,
  evictionWithinBudget,
  probeThresholds,
  restartBackOff,
  absorbingPhases,
  generationCounts,
  uniqueUids,
  deletionIsFinal,
  desiredIsReached,
  podsAreBound,
  deadNodesAreLeft,
  orphansAreCollected,
  endpointsFollowReadiness,
  leaderAfterExpiry,
];

/** Their names. */
export const invariantNames: readonly string[] = invariants.map(({ name }) => name);

/** A fresh monitor of a law, by name. */
export function watchInvariant(name: string): Monitor | undefined {
  return invariants.find((invariant) => invariant.name === name)?.watch();
}
