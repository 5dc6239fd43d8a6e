import type { Profile } from "../framework/profile.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { CachedDecision } from "./cached-decision.ts";
import type { Draw, Explained } from "./explain.ts";
import type { Shape } from "./shape.ts";

/** Nodes that are always looked at (upstream `minFeasibleNodesToFind`). */
const FEWEST = 100;
/** Least share of nodes the adaptive rule looks at, in percent. */
const LEAST_SHARE = 5;

/** How many feasible nodes are enough (upstream `numFeasibleNodesToFind`). */
export function nodesToFind(nodes: number, share: Profile["percentageOfNodesToScore"]): number {
  if (nodes < FEWEST || share === "all") return nodes;
  const percentage =
    share === "adaptive" ? Math.max(LEAST_SHARE, 50 - Math.trunc(nodes / 125)) : share;
  return percentage >= 100 ? nodes : Math.max(FEWEST, Math.trunc((nodes * percentage) / 100));
}

/**
 * Nodes in upstream's order: zones take turns, so that a sample covers all of them. Within a zone, and among zones,
 * by name.
 */
function zoneOrder(snapshot: Snapshot): readonly NodeIndex[] {
  const known = orders.get(snapshot);
  if (known?.structure === snapshot.structure && known.domains === snapshot.domains)
    return known.order;
  const order = takeTurns(snapshot);
  orders.set(snapshot, { structure: snapshot.structure, domains: snapshot.domains, order });
  return order;
}

interface KnownOrder {
  readonly structure: number;
  readonly domains: number;
  readonly order: readonly NodeIndex[];
}

/** The last order worked out for each snapshot. */
const orders = new WeakMap<Snapshot, KnownOrder>();

function takeTurns(snapshot: Snapshot): readonly NodeIndex[] {
  const zones = new Map<string, NodeIndex[]>();
  for (const node of snapshot.order()) {
    const labels = snapshot.labelsOf(node) ?? {};
    const zone = `${labels["topology.kubernetes.io/region"] ?? ""}:${labels["topology.kubernetes.io/zone"] ?? ""}`;
    const nodes = zones.get(zone);
    if (nodes === undefined) zones.set(zone, [node]);
    else nodes.push(node);
  }
  const lists = [...zones.values()];
  const order: NodeIndex[] = [];
  for (let round = 0; order.length < snapshot.nodeCount; round++)
    for (const list of lists) {
      const node = list[round];
      if (node !== undefined) order.push(node);
    }
  return order;
}

/** A decision that scores only the first feasible nodes found from where the last search ended. */
export function sampledDecision(
  profile: Profile,
  shape: Shape,
  pod: PodInfo,
  snapshot: Snapshot,
  draw: Draw,
  start: number,
): { readonly explained: Explained; readonly next: number } {
  const wanted = nodesToFind(snapshot.nodeCount, profile.percentageOfNodesToScore);
  const decision = new CachedDecision(profile, shape, pod, snapshot, draw);
  return decision.runSampled(zoneOrder(snapshot), start % snapshot.nodeCount, wanted);
}
