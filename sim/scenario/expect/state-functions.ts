import { parseSelector, type Requirement, requirementHolds } from "../../api/meta/selector.ts";
import { type KubeObject, makeKey } from "../../api/object.ts";
import type { EndpointSlice, Event, Pod } from "../../api/types.gen.ts";
import type { StateView } from "./state-view.ts";
import { withZeros } from "./zeros.ts";

/** A function over the state of the cluster, for CEL. */
export interface StateFunction {
  readonly name: string;
  readonly signatures: readonly string[];
  readonly description: string;
  /** Kinds it reads; `argument`: a parameter says so. */
  readonly kinds: readonly string[] | "argument";
  readonly evaluate: (view: StateView, given: readonly unknown[]) => unknown;
}

/** `name`, `namespace/name`: the namespace is `default` unless named. */
function keyFromName(name: string, namespaced: boolean): string {
  if (!namespaced) return name;
  const slash = name.indexOf("/");
  return slash < 0 ? makeKey("default", name) : name;
}

function single(name: string, kind: string, namespaced = true): StateFunction {
  return {
    name,
    signatures: [`${name}(string): dyn`],
    description: `The ${kind} of this name (\`name\` or \`namespace/name\`), or null.`,
    kinds: [kind],
    evaluate: (view, [given]) => {
      const object = view.get(kind, keyFromName(String(given), namespaced));
      return object === undefined ? null : withZeros(object);
    },
  };
}

const selectors = new Map<string, readonly Requirement[]>();
const MOST_SELECTORS = 1000;

/** Whether labels fulfil a selector's text. An unreadable selector matches nothing. */
export function selects(
  selector: string,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  let requirements = selectors.get(selector);
  if (requirements === undefined) {
    const parsed = parseSelector(selector);
    requirements = typeof parsed === "string" ? [{ key: "", operator: "In", values: [] }] : parsed;
    if (selectors.size >= MOST_SELECTORS) selectors.clear();
    selectors.set(selector, requirements);
  }
  return requirements.every((requirement) => requirementHolds(requirement, labels ?? {}));
}

function select(view: StateView, kind: string, selector: unknown): KubeObject[] {
  const found: KubeObject[] = [];
  for (const object of view.list(kind)) {
    if (selector === undefined || selects(String(selector), object.metadata.labels))
      found.push(withZeros(object));
  }
  return found;
}

function many(
  name: string,
  kind: string,
  what: string,
  test: (object: KubeObject) => boolean = () => true,
): StateFunction {
  return {
    name,
    signatures: [`${name}(): list`, `${name}(string): list`],
    description: `${what}; with a label selector, those it selects.`,
    kinds: [kind],
    evaluate: (view, [selector]) => select(view, kind, selector).filter(test),
  };
}

/** Whether a pod is Ready. */
export function isReady(object: KubeObject): boolean {
  const { status, metadata } = object as Pod;
  if (metadata.deletionTimestamp !== undefined) return false;
  return (status?.conditions ?? []).some(
    ({ type, status: value }) => type === "Ready" && value === "True",
  );
}

function inPhase(phase: string): (object: KubeObject) => boolean {
  return (object) => ((object as Pod).status?.phase ?? "Pending") === phase;
}

/** Addresses behind a Service that take traffic. */
function endpoints(view: StateView, service: string): string[] {
  const key = keyFromName(service, true);
  const addresses: string[] = [];
  for (const object of view.list("EndpointSlice")) {
    const slice = object as EndpointSlice;
    const { namespace, labels } = slice.metadata;
    if (makeKey(namespace, labels?.["kubernetes.io/service-name"] ?? "") !== key) continue;
    for (const endpoint of slice.endpoints ?? [])
      if (endpoint.conditions?.ready !== false) addresses.push(...endpoint.addresses);
  }
  return [...new Set(addresses)];
}

/** Everything an expression may call. */
export const stateFunctions: readonly StateFunction[] = [
  single("deployment", "Deployment"),
  single("replicaset", "ReplicaSet"),
  single("statefulset", "StatefulSet"),
  single("daemonset", "DaemonSet"),
  single("job", "Job"),
  single("cronjob", "CronJob"),
  single("service", "Service"),
  single("hpa", "HorizontalPodAutoscaler"),
  single("pdb", "PodDisruptionBudget"),
  single("pvc", "PersistentVolumeClaim"),
  single("configmap", "ConfigMap"),
  single("pod", "Pod"),
  single("node", "Node", false),
  single("namespace", "Namespace", false),
  many("pods", "Pod", "All pods"),
  many("readyPods", "Pod", "The pods that are Ready and not terminating", isReady),
  many("runningPods", "Pod", "The pods in phase Running", inPhase("Running")),
  many("pendingPods", "Pod", "The pods in phase Pending", inPhase("Pending")),
  many("failedPods", "Pod", "The pods in phase Failed", inPhase("Failed")),
  many("nodes", "Node", "All nodes"),
  many("deployments", "Deployment", "All Deployments"),
  many("replicasets", "ReplicaSet", "All ReplicaSets"),
  many("jobs", "Job", "All Jobs"),
  {
    name: "events",
    signatures: ["events(): list", "events(string): list"],
    description: "The EventRecords; with a reason, those of that reason.",
    kinds: ["Event"],
    evaluate: (view, [reason]) =>
      [...view.list("Event")].filter(
        (event) => reason === undefined || (event as Event).reason === reason,
      ),
  },
  {
    name: "endpoints",
    signatures: ["endpoints(string): list"],
    description: "The addresses behind a Service that take traffic.",
    kinds: ["EndpointSlice"],
    evaluate: (view, [name]) => endpoints(view, String(name)),
  },
  {
    name: "object",
    signatures: ["object(string, string): dyn"],
    description: "The object of a kind (`Secret`, `Kind.group` for custom ones) and name, or null.",
    kinds: "argument",
    evaluate: (view, [kind, name]) => {
      const found =
        view.get(String(kind), keyFromName(String(name), true)) ??
        view.get(String(kind), String(name));
      return found === undefined ? null : withZeros(found);
    },
  },
  {
    name: "objects",
    signatures: ["objects(string): list", "objects(string, string): list"],
    description: "All objects of a kind; with a label selector, those it selects.",
    kinds: "argument",
    evaluate: (view, [kind, selector]) => select(view, String(kind), selector),
  },
];
