import type { LabelSelector, ReplicationControllerSpec } from "../api/types.gen.ts";
import { type ReplicaOwner, replicaController } from "./replica-set/controller.ts";

const selectors = new WeakMap<object, LabelSelector>();

/** A ReplicationController selects by a plain map; the selector made of it is kept, since selectors are prepared by identity. */
function selectorOf(owner: ReplicaOwner): LabelSelector | undefined {
  const matchLabels = (owner.spec as ReplicationControllerSpec | undefined)?.selector;
  if (matchLabels === undefined) return undefined;
  const known = selectors.get(matchLabels);
  if (known !== undefined) return known;
  const selector = { matchLabels };
  selectors.set(matchLabels, selector);
  return selector;
}

/** Keeps as many pods as a ReplicationController wants: the ReplicaSet's rule with the older kind. */
export const replicationController = replicaController({
  name: "replicationcontroller-controller",
  kind: "ReplicationController",
  selectorOf,
  eventSource: "replication-controller",
  tellsTerminating: false,
});
