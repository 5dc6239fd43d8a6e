import type { Client } from "../api/client.ts";
import type { EventTarget } from "../api/event-recorder.ts";
import { withPodCondition } from "../api/meta/conditions.ts";
import { tolerates } from "../api/meta/tolerations.ts";
import { type Key, type KubeObject, keyOf, splitKey } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import { byNode } from "../api/object-set.ts";
import type { Node, Pod, Taint, Toleration } from "../api/types.gen.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";

/** What is remembered of a pod: for when its eviction is planned; `done` once it was deleted. */
interface Plan {
  readonly uid: string;
  readonly at: Micros;
  readonly done: boolean;
}

/**
 * Deletes pods from nodes with NoExecute taints they do not tolerate: at once, or when the shortest tolerationSeconds
 * of the tolerations in use has passed since the taint was noticed. A pod whose taints go in time stays.
 */
export function taintEviction(): Controller {
  return {
    name: "taint-eviction-controller",
    for: "Pod",
    concerns: () => false,
    watches: [
      {
        kind: "Node",
        keys: (after, before, client) =>
          sameTaints(after, before) ? [] : podsOn(client, (after ?? before) as Node),
      },
      {
        kind: "Pod",
        parts: Part.spec,
        keys: (after, before, client) =>
          mayChange(after, before, client) ? [keyOf((after ?? before) as Pod)] : NONE,
      },
    ],
    indexes: [{ kind: "Pod", name: "node", keys: byNode }],
    reconcile,
  };
}

const NONE: readonly Key[] = [];

function* podsOn(client: Client, node: Node): Iterable<Key> {
  for (const pod of client.indexed("Pod", "node", node.metadata.name)) yield keyOf(pod);
}

function noExecute(node: Node | undefined): readonly Taint[] {
  return node?.spec?.taints?.filter(({ effect }) => effect === "NoExecute") ?? [];
}

function sameTaints(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  const now = noExecute(after as Node | undefined);
  const then = noExecute(before as Node | undefined);
  return (
    now.length === then.length &&
    now.every(({ key, value }, at) => then[at]?.key === key && then[at]?.value === value)
  );
}

/** A pod that came to a tainted node, is there and tolerates something else now, or went. */
function mayChange(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): boolean {
  const pod = after as Pod | undefined;
  const old = before as Pod | undefined;
  const name = (pod ?? old)?.spec?.nodeName;
  if (name === undefined || name === "") return false;
  if (old?.spec?.nodeName === name && old.spec.tolerations === pod?.spec?.tolerations) return false;
  const node = client.get("Node", name);
  // What was planned before a node went is still planned: a pod that goes takes it back.
  return node === undefined ? pod === undefined : noExecute(node).length > 0;
}

function reconcile(key: Key, context: ReconcileContext): { requeueAfter: Micros } | undefined {
  const { client, memory, now } = context;
  const pod = client.get("Pod", key);
  const nodeName = pod?.spec?.nodeName;
  const known = memory.get(key) as Plan | undefined;
  if (pod === undefined || nodeName === undefined) return cancel(key, known, context);
  const { uid } = pod.metadata;
  const plan = known?.uid === uid ? known : undefined;
  if (plan === undefined) cancel(key, known, context);
  const node = client.get("Node", nodeName);
  // A node that is gone takes back nothing that was planned.
  const wait =
    node === undefined
      ? plan && plan.at - now
      : shortestToleration(noExecute(node), pod.spec?.tolerations ?? []);
  if (wait === undefined) return cancel(key, plan, context);
  if (plan?.done === true) return undefined;
  // What is planned is neither put off nor done earlier, unless it is to be done at once.
  const planned = plan !== undefined && (wait > 0 || plan.at <= now);
  if (plan !== undefined && !planned) cancel(key, plan, context);
  const next: Plan = planned ? plan : { uid, at: now + wait, done: false };
  memory.set(key, next);
  if (now < next.at) return { requeueAfter: next.at - now };
  evict(pod, context);
  memory.set(key, { ...next, done: true });
  return undefined;
}

/**
 * How long a pod may stay with these taints: 0 when one is not tolerated, `undefined` for ever. The shortest
 * tolerationSeconds among the tolerations in use decides (upstream `getMinTolerationTime`).
 */
export function shortestToleration(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): Micros | undefined {
  if (taints.length === 0) return undefined;
  let shortest: number | undefined;
  for (const taint of taints) {
    const used = tolerations.find((toleration) => tolerates(toleration, taint));
    if (used === undefined) return 0;
    const { tolerationSeconds } = used;
    if (tolerationSeconds === undefined) continue;
    if (tolerationSeconds <= 0) return 0;
    shortest = Math.min(shortest ?? tolerationSeconds, tolerationSeconds);
  }
  return shortest === undefined ? undefined : shortest * SECOND;
}

function cancel(key: Key, plan: Plan | undefined, { memory, record }: ReconcileContext): undefined {
  memory.delete(key);
  if (plan !== undefined && !plan.done) {
    const target = targetOf(key);
    record.event(target, "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${key}`);
  }
  return undefined;
}

function evict(seen: Pod, { client, now, record }: ReconcileContext): void {
  const key = keyOf(seen);
  record.event(targetOf(key), "Normal", "TaintManagerEviction", `Marking for deletion Pod ${key}`);
  const pod = client.live("Pod", key);
  if (pod === undefined || pod.metadata.uid !== seen.metadata.uid) return;
  const { generation } = pod.metadata;
  const status = withPodCondition(
    pod.status ?? {},
    {
      type: "DisruptionTarget",
      status: "True",
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
    },
    now,
  );
  if (status !== pod.status) client.updateStatus("Pod", { ...pod, status });
  client.delete("Pod", key);
}

/** The taint manager knows a pod by its name only. */
function targetOf(key: Key): EventTarget {
  const [namespace, name] = splitKey(key);
  return { kind: "Pod", apiVersion: "v1", namespace, name };
}
