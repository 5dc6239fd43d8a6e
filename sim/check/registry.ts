import type { Invariant, Monitor } from "./invariant.ts";
import { absorbingPhases } from "./invariants/absorbing-phases.ts";
import { bindOnce } from "./invariants/bind-once.ts";
import { deletionIsFinal } from "./invariants/deletion-is-final.ts";
import { endpointsFollowReadiness } from "./invariants/endpoints-follow-readiness.ts";
import { generationCounts } from "./invariants/generation-counts.ts";
import { noOvercommit } from "./invariants/no-overcommit.ts";
import { oneControllerOwner } from "./invariants/one-controller-owner.ts";
import { oneSetPerTemplate } from "./invariants/one-set-per-template.ts";
import { restartBackOff } from "./invariants/restart-back-off.ts";
import { surgeBound } from "./invariants/surge-bound.ts";
import { uniquePodIps } from "./invariants/unique-pod-ips.ts";
import { uniqueUids } from "./invariants/unique-uids.ts";

/** Every law that runs are checked against. A new one is one file and one line here. */
export const invariants: readonly Invariant[] = [
  noOvercommit,
  bindOnce,
  uniquePodIps,
  surgeBound,
  oneSetPerTemplate,
  oneControllerOwner,
  restartBackOff,
  absorbingPhases,
  generationCounts,
  uniqueUids,
  deletionIsFinal,
  endpointsFollowReadiness,
];

/** Their names. */
export const invariantNames: readonly string[] = invariants.map(({ name }) => name);

/** A fresh monitor of a law, by name. */
export function watchInvariant(name: string): Monitor | undefined {
  return invariants.find((invariant) => invariant.name === name)?.watch();
}
