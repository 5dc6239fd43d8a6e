import type { Pod } from "../../api/types.gen.ts";
import { argsRecord } from "../framework/args.ts";
import { SchedulerError } from "../framework/error.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

const NAME = "DominantResourceFairness";
/** Label that names the queue of a pod; without it the namespace does. */
const QUEUE_LABEL = "ksim.dev/queue";

function queueOf({ metadata }: Pod): string {
  return metadata.labels?.[QUEUE_LABEL] ?? metadata.namespace ?? "";
}

type Amounts = number[];

function addTo(
  totals: Map<string, Amounts>,
  queue: string,
  amounts: readonly number[],
  sign: number,
) {
  const total = totals.get(queue) ?? [];
  for (let at = 0; at < amounts.length; at++)
    total[at] = (total[at] ?? 0) + sign * (amounts[at] ?? 0);
  totals.set(queue, total);
}

/** What each queue's pods hold and what the cluster offers, brought up to date from the change log. */
class Ledger {
  private readonly snapshot: Snapshot;
  private readonly held = new Map<string, Amounts>();
  private readonly byNode = new Map<NodeIndex, Map<string, Amounts>>();
  private capacity: Amounts = [];
  private structure = -1;
  private position = 0;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  /** Largest share of any resource that the queue's pods hold, 0..1. */
  dominantShare(queue: string): number {
    this.sync();
    let share = 0;
    (this.held.get(queue) ?? []).forEach((amount, resource) => {
      const offered = this.capacity[resource] ?? 0;
      if (offered > 0 && amount / offered > share) share = amount / offered;
    });
    return share;
  }

  private sync(): void {
    const { log, structure } = this.snapshot;
    if (structure === this.structure && log.position === this.position) return;
    const changed = new Set<NodeIndex>();
    let capacityChanged = false;
    const known =
      structure === this.structure &&
      log.since(this.position, (node, fixed) => {
        changed.add(node);
        if (fixed) capacityChanged = true;
      });
    this.structure = structure;
    this.position = log.position;
    if (!known) {
      this.held.clear();
      this.byNode.clear();
    }
    for (const node of known ? changed : this.snapshot.order()) this.readNode(node);
    if (!known || capacityChanged) this.readCapacity();
  }

  private readNode(node: NodeIndex): void {
    for (const [queue, amounts] of this.byNode.get(node) ?? [])
      addTo(this.held, queue, amounts, -1);
    const own = new Map<string, Amounts>();
    for (const { pod, traits } of this.snapshot.podsOn[node] ?? []) {
      const amounts: Amounts = [];
      traits.resources.forEach((resource, at) => {
        amounts[resource] = traits.amounts[at] ?? 0;
      });
      addTo(own, queueOf(pod), amounts, 1);
    }
    this.byNode.set(node, own);
    for (const [queue, amounts] of own) addTo(this.held, queue, amounts, 1);
  }

  private readCapacity(): void {
    const { resources, columns } = this.snapshot;
    this.capacity = resources.names.map((_, resource) => {
      const { values, stride, allocatable } = columns.of(resource);
      let sum = 0;
      for (const node of this.snapshot.order())
        sum += values[node * stride + allocatable] as number;
      return sum;
    });
  }
}

function weightsOf(raw: unknown): ReadonlyMap<string, number> {
  const weights = argsRecord(argsRecord(raw, NAME)["weights"], NAME);
  return new Map(
    Object.entries(weights).map(([queue, weight]) => {
      if (typeof weight !== "number" || !(weight > 0))
        throw new SchedulerError(
          `args.weights.${queue}: expected a number above 0, got ${JSON.stringify(weight)}`,
          { plugin: NAME },
        );
      return [queue, weight];
    }),
  );
}

/**
 * Dominant resource fairness across queues: next comes a pod of the queue whose dominant share is smallest, within
 * a queue the more important pod, then the older (Ghodsi et al., NSDI 2011). A queue is the label `ksim.dev/queue`
 * or the namespace; `args.weights` maps queues to weights (1).
 */
export const dominantResourceFairness: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const weights = weightsOf(raw);
    const ledgers = new WeakMap<Snapshot, Ledger>();
    const share = (pod: Pod, snapshot: Snapshot): number => {
      let ledger = ledgers.get(snapshot);
      if (ledger === undefined) {
        ledger = new Ledger(snapshot);
        ledgers.set(snapshot, ledger);
      }
      const queue = queueOf(pod);
      return ledger.dominantShare(queue) / (weights.get(queue) ?? 1);
    };
    return {
      name: NAME,
      queueMoves: true,
      queueSort: (a, b, snapshot) => {
        const byShare = share(a.pod, snapshot) - share(b.pod, snapshot);
        if (byShare !== 0) return byShare;
        const byPriority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0);
        return byPriority !== 0 ? byPriority : a.enqueuedAt - b.enqueuedAt;
      },
    };
  },
};
