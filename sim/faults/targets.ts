import { labelsInclude, parseSelector, requirementHolds } from "../api/meta/selector.ts";
import { keyOf } from "../api/object.ts";
import type { Node, Pod } from "../api/types.gen.ts";
import { type Micros, parseSpan } from "../engine/time.ts";
import type { FaultContext, FaultParameter, FaultSpec, LedComponent } from "./fault.ts";

const ZONE = "topology.kubernetes.io/zone";

/** Parameters of every fault that picks among several subjects. */
export const modeParameters: Readonly<Record<string, FaultParameter>> = {
  mode: {
    type: "string",
    description: "How many of those that match: one, all, fixed or fixed-percent.",
    default: "one",
    enum: ["one", "all", "fixed", "fixed-percent"],
  },
  value: { type: "number", description: "How many, or how many percent." },
};

/** A target as an object; a bare text is the value of the type's first key. */
export function targetOf(fault: FaultSpec, bareKey: string): Readonly<Record<string, unknown>> {
  const { target } = fault;
  if (target === undefined || target === null) return {};
  if (typeof target === "string") return { [bareKey]: target };
  if (typeof target !== "object")
    throw new RangeError(`${fault.type}: target: expected a name or an object`);
  return target as Readonly<Record<string, unknown>>;
}

/** The nodes that a target names: `{node}`, `{nodes}`, `{zone}` or `{selector}`; all without any. Chosen by mode where several match. */
export function targetNodes(context: FaultContext, fault: FaultSpec): readonly string[] {
  const target = targetOf(fault, "node");
  const known = context.nodes.nodeNames();
  const named = target["node"] ?? target["nodes"];
  if (named !== undefined) {
    const names = (Array.isArray(named) ? named : [named]).map(String);
    for (const name of names)
      if (!known.includes(name))
        throw new RangeError(`${fault.type}: no node ${JSON.stringify(name)}`);
    return names;
  }
  const zone = target["zone"];
  const matches = selectorOf(fault);
  const found = known.filter((name) => {
    const node = context.api.store.get("Node", name) as Node | undefined;
    const labels = node?.metadata.labels ?? {};
    return (zone === undefined || labels[ZONE] === zone) && matches(labels);
  });
  return choose(context, fault, found);
}

/** Keys of the pods that a target names: `{pod}` or `{selector}` within `{namespace}`, on `{node}`; live ones only. */
export function targetPods(context: FaultContext, fault: FaultSpec): readonly string[] {
  const target = targetOf(fault, "pod");
  const namespace = text(target["namespace"]);
  const name = text(target["pod"]);
  if (name !== undefined) {
    const key = name.includes("/") ? name : `${namespace ?? "default"}/${name}`;
    return context.api.store.get("Pod", key) === undefined ? [] : [key];
  }
  const matches = selectorOf(fault);
  const found: string[] = [];
  for (const object of context.api.store.objects("Pod").values()) {
    const pod = object as unknown as Pod;
    const phase = pod.status?.phase;
    if (phase === "Succeeded" || phase === "Failed") continue;
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    if (namespace !== undefined && pod.metadata.namespace !== namespace) continue;
    if (target["node"] !== undefined && pod.spec?.nodeName !== target["node"]) continue;
    if (matches(pod.metadata.labels ?? {})) found.push(keyOf(pod));
  }
  return choose(context, fault, found);
}

/** As many of the found ones as the fault's mode says, drawn from the faults' own stream. */
export function choose(
  { random }: FaultContext,
  fault: FaultSpec,
  found: readonly string[],
): readonly string[] {
  const mode = fault["mode"] ?? (fault["value"] === undefined ? "one" : "fixed");
  const left = [...found].sort();
  const count = countOf(fault, mode, left.length);
  const chosen: string[] = [];
  while (chosen.length < count && left.length > 0)
    chosen.push(...left.splice(random.int(left.length), 1));
  return chosen.sort();
}

function countOf(fault: FaultSpec, mode: unknown, total: number): number {
  const value = Number(fault["value"] ?? Number.NaN);
  switch (mode) {
    case "one":
      return 1;
    case "all":
      return total;
    case "fixed":
    case "fixed-percent":
      if (!(value >= 0))
        throw new RangeError(`${fault.type}: value: expected a number for mode ${mode}`);
      return mode === "fixed" ? value : Math.ceil((total * value) / 100);
    default:
      throw new RangeError(
        `${fault.type}: mode: expected one, all, fixed or fixed-percent, got ${JSON.stringify(mode)}`,
      );
  }
}

/** The component whose leader a fault hits. Throws `RangeError` for one without a leader. */
export function ledComponent(fault: FaultSpec): LedComponent {
  const component = targetOf(fault, "component")["component"] ?? "controller-manager";
  if (component === "controller-manager" || component === "scheduler") return component;
  throw new RangeError(
    `${fault.type}: component: expected controller-manager or scheduler, got ${JSON.stringify(component)}`,
  );
}

/** A span parameter: Micros already, or text like `90s`. Throws `RangeError` naming it. */
export function spanOf(fault: FaultSpec, name: string, otherwise: Micros): Micros {
  const value = fault[name];
  if (value === undefined) return otherwise;
  const span = typeof value === "string" ? parseSpan(value) : value;
  if (typeof span !== "number" || !Number.isInteger(span) || span < 0)
    throw new RangeError(
      `${fault.type}: ${name}: expected a duration like 90s, got ${JSON.stringify(value)}`,
    );
  return span;
}

/** A number parameter within bounds. Throws `RangeError` naming it. */
export function numberOf(
  fault: FaultSpec,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const value = Number(fault[name] ?? otherwise);
  if (!(value >= min && value <= max))
    throw new RangeError(
      `${fault.type}: ${name}: expected a number from ${min} to ${max}, got ${JSON.stringify(fault[name])}`,
    );
  return value;
}

/** A selector as `kubectl -l` reads it: `app=web,tier!=db,env in (a, b)`, or matchLabels as an object. */
function selectorOf({
  type,
  target,
}: FaultSpec): (labels: Readonly<Record<string, string>>) => boolean {
  const selector = (target as { readonly selector?: unknown } | undefined)?.selector;
  if (selector === undefined) return () => true;
  if (typeof selector === "object" && selector !== null) {
    const wanted = selector as Readonly<Record<string, string>>;
    return (labels) => labelsInclude(labels, wanted);
  }
  const requirements = parseSelector(String(selector));
  if (typeof requirements === "string")
    throw new RangeError(
      `${type}: selector: expected one like app=web,tier!=db, got ${JSON.stringify(requirements)}`,
    );
  return (labels) => requirements.every((requirement) => requirementHolds(requirement, labels));
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
