import { capacityKinds, ELASTIC_QUOTA } from "../../api/kinds/scheduling-groups.ts";
import { argsRecord, listArg } from "../framework/args.ts";
import { SchedulerError } from "../framework/error.ts";
import type { PluginFactory, PostFilterAnswer, PostFilterContext } from "../framework/plugin.ts";
import { type Rejection, unschedulable } from "../framework/status.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import { byImportance, type PodInfo } from "../snapshot/pod-info.ts";
import { amountOf } from "../snapshot/resources.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { ElasticQuota } from "./capacity-scheduling/elastic-quota.ts";
import { QuotaLedger } from "./capacity-scheduling/quota-ledger.ts";

const NAME = "CapacityScheduling";
/** Annotation of a namespace: its quota as JSON, `{"min": {"cpu": "4"}, "max": {"cpu": "6"}}`. */
const QUOTA_ANNOTATION = "ksim.dev/elastic-quota";

function amountsArg(value: unknown): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(argsRecord(value, NAME)).map(([name, amount]) => {
      if (typeof amount !== "string" && typeof amount !== "number")
        throw new SchedulerError(
          `args.quotas: ${name}: expected a quantity, got ${JSON.stringify(amount)}`,
          { plugin: NAME },
        );
      return [name, amountOf(name, String(amount))];
    }),
  );
}

function quotasOf(raw: unknown): readonly ElasticQuota[] | undefined {
  const list = listArg<unknown>(argsRecord(raw, NAME)["quotas"], NAME, "quotas");
  return list?.map((each) => {
    const { namespace, min, max } = argsRecord(each, NAME);
    if (typeof namespace !== "string")
      throw new SchedulerError(
        `args.quotas: expected a namespace, got ${JSON.stringify(namespace)}`,
        { plugin: NAME },
      );
    return { namespace, min: amountsArg(min), max: amountsArg(max) };
  });
}

/** Quotas of the cluster, where the arguments state none: ElasticQuota objects, and annotations of namespaces without one. */
function statedQuotas({ objects }: Snapshot): readonly ElasticQuota[] {
  const stated = objects.list(ELASTIC_QUOTA).map(({ metadata, spec }) => ({
    namespace: metadata.namespace ?? "",
    min: amountsArg(spec?.min),
    max: amountsArg(spec?.max),
  }));
  const named = new Set(stated.map(({ namespace }) => namespace));
  const others = annotatedQuotas(objects).filter(({ namespace }) => !named.has(namespace));
  return [...stated, ...others];
}

/** Quotas that namespaces state themselves. */
function annotatedQuotas(objects: Snapshot["objects"]): readonly ElasticQuota[] {
  return objects.list("Namespace").flatMap(({ metadata }) => {
    const text = metadata.annotations?.[QUOTA_ANNOTATION];
    const quota = text === undefined ? undefined : readAnnotation(metadata.name, text);
    return quota === undefined ? [] : [quota];
  });
}

/** Anybody may write an annotation: one that states no quota counts as absent and must not end the run. */
function readAnnotation(namespace: string, text: string): ElasticQuota | undefined {
  try {
    const { min, max } = argsRecord(JSON.parse(text), NAME);
    return { namespace, min: amountsArg(min), max: amountsArg(max) };
  } catch {
    return undefined;
  }
}

/** Why quotas keep the pod out now. */
function overQuota(pod: PodInfo, ledger: QuotaLedger): Rejection | undefined {
  const { namespace, name } = pod.pod.metadata;
  if (!ledger.has(namespace ?? "")) return undefined;
  if (ledger.exceedsMax(pod))
    return unschedulable(
      `Pod ${namespace}/${name} is rejected in PreFilter because ElasticQuota ${namespace} is more than Max`,
    );
  if (ledger.exceedsAllMins(pod))
    return unschedulable(
      `Pod ${namespace}/${name} is rejected in PreFilter because total ElasticQuota used is more than min`,
    );
  return undefined;
}

/** Pods on the node that the quotas allow to evict for this one, least important first. */
function evictable(pod: PodInfo, node: NodeIndex, ledger: QuotaLedger, snapshot: Snapshot) {
  const own = pod.traits.namespace;
  const borrowing = ledger.exceedsMin(pod);
  return (snapshot.podsOn[node] ?? [])
    .filter((other) =>
      borrowing
        ? other.traits.namespace === own && other.priority < pod.priority
        : other.traits.namespace !== own && ledger.borrows(other.traits.namespace),
    )
    .sort((a, b) => byImportance(b, a) || (a.id < b.id ? -1 : 1));
}

/** The victims on one node; `undefined` when evictions cannot help there. */
function victimsOn(
  { pod, snapshot, simulate, runFilters }: PostFilterContext,
  node: NodeIndex,
  ledger: QuotaLedger,
): readonly PodInfo[] | undefined {
  const original = [...(snapshot.podsOn[node] ?? [])];
  const gone: PodInfo[] = [];
  const take = (other: PodInfo, sign: 1 | -1) => {
    simulate(other, node, sign);
    ledger.move(other, sign);
  };
  const fits = () =>
    runFilters(node) === undefined && !ledger.exceedsMax(pod) && !ledger.exceedsAllMins(pod);
  for (const other of evictable(pod, node, ledger, snapshot)) {
    take(other, -1);
    gone.push(other);
  }
  const victims: PodInfo[] = [];
  const possible = gone.length > 0 && fits();
  for (const other of gone.reverse()) {
    take(other, 1);
    if (!possible || fits()) continue;
    take(other, -1);
    victims.push(other);
  }
  for (const other of victims) take(other, 1);
  snapshot.restore(node, original);
  return possible ? victims : undefined;
}

/** The node with the fewest victims of the least importance. */
function preempt(context: PostFilterContext, ledger: QuotaLedger): PostFilterAnswer {
  let best: { readonly node: NodeIndex; readonly victims: readonly PodInfo[] } | undefined;
  for (const node of context.snapshot.order()) {
    if (context.rejectionOf(node)?.code === "UnschedulableAndUnresolvable") continue;
    const victims = victimsOn(context, node, ledger);
    if (victims === undefined) continue;
    const cost = (pods: readonly PodInfo[]) => pods[0]?.priority ?? Number.NEGATIVE_INFINITY;
    const better =
      best === undefined ||
      cost(victims) < cost(best.victims) ||
      (cost(victims) === cost(best.victims) && victims.length < best.victims.length);
    if (better) best = { node, victims };
  }
  if (best === undefined)
    return { code: "Unschedulable", reasons: ["Preemption is not helpful for scheduling"] };
  return {
    code: "Success",
    reasons: [],
    nominatedNode: context.snapshot.names[best.node] ?? "",
    victims: best.victims.map(({ pod }) => pod),
  };
}

/**
 * Elastic quotas: a namespace may use up to `max` while others leave their `min` unused, and gets its own `min` back
 * by preempting borrowers (kubernetes-sigs/scheduler-plugins, CapacityScheduling). The quotas are ElasticQuota objects,
 * annotations of the namespaces, or arguments, `quotas: [{namespace, min: {cpu: "4"}, max: {cpu: "6"}}]`.
 */
export const capacityScheduling: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const quotas = quotasOf(raw);
    const known = new WeakMap<
      Snapshot,
      { readonly stated: number; readonly ledger: QuotaLedger }
    >();
    const ledgerOf = (snapshot: Snapshot): QuotaLedger => {
      const { objects } = snapshot;
      const stated =
        quotas === undefined ? objects.version("Namespace") + objects.version(ELASTIC_QUOTA) : 0;
      let found = known.get(snapshot);
      if (found?.stated !== stated) {
        const all = quotas ?? statedQuotas(snapshot);
        found = { stated, ledger: new QuotaLedger(all, snapshot) };
        known.set(snapshot, found);
      }
      found.ledger.sync();
      return found.ledger;
    };
    return {
      name: NAME,
      brings: capacityKinds,
      wakesOn: [
        { resource: "AssignedPod", actions: ["delete", "update-scale-down"] },
        { resource: "ElasticQuota", actions: ["add", "update", "delete"] },
      ],
      version: (pod, snapshot) => (overQuota(pod, ledgerOf(snapshot)) === undefined ? 0 : 1),
      preFilter: (pod, snapshot) => {
        const reject = overQuota(pod, ledgerOf(snapshot));
        return reject === undefined ? undefined : { reject };
      },
      postFilter: (context) => preempt(context, ledgerOf(context.snapshot)),
    };
  },
};
