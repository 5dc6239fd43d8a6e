import {
  type Labels,
  labelsInclude,
  matchesSelector,
  requirementHolds,
} from "../../../api/meta/selector.ts";
import type { Key } from "../../../api/object.ts";
import type { LabelSelector, Node, Pod, TopologySpreadConstraint } from "../../../api/types.gen.ts";
import { argsRecord, listArg, wordArg } from "../../framework/args.ts";
import { SchedulerError } from "../../framework/error.ts";
import { requiredNodeTest } from "../../framework/node-selector.ts";
import { untolerated } from "../../framework/toleration.ts";
import type { LabelColumn } from "../../snapshot/label-column.ts";
import type { LabelPair, PodMatcher } from "../../snapshot/pod-index.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

const NAME = "PodTopologySpread";
/** The label whose domains are single nodes. */
const HOSTNAME = "kubernetes.io/hostname";

type Constraint = TopologySpreadConstraint;

/** Arguments of PodTopologySpread. */
export interface SpreadDefaults {
  readonly constraints: readonly Constraint[];
  /** The built-in defaults; nodes may then lack a topology label. */
  readonly system: boolean;
}

const SYSTEM: readonly Constraint[] = [
  { topologyKey: HOSTNAME, maxSkew: 3, whenUnsatisfiable: "ScheduleAnyway" },
  { topologyKey: "topology.kubernetes.io/zone", maxSkew: 5, whenUnsatisfiable: "ScheduleAnyway" },
];

/** What a default constraint must say, and that it selects nothing itself: its selector is worked out for each pod. */
function checkDefault(constraint: Constraint, at: number): void {
  const refuse = (field: string, expected: string): never => {
    const got = JSON.stringify((constraint as unknown as Record<string, unknown>)[field]);
    throw new SchedulerError(
      `args.defaultConstraints[${at}].${field}: expected ${expected}, got ${got ?? "nothing"}`,
      { plugin: NAME },
    );
  };
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = constraint;
  if (!(Number.isInteger(maxSkew) && maxSkew > 0)) refuse("maxSkew", "a whole number above 0");
  if (typeof topologyKey !== "string" || topologyKey === "") refuse("topologyKey", "a label");
  if (whenUnsatisfiable !== "DoNotSchedule" && whenUnsatisfiable !== "ScheduleAnyway")
    refuse("whenUnsatisfiable", "DoNotSchedule or ScheduleAnyway");
  if (labelSelector !== undefined) refuse("labelSelector", "none");
}

/** Reads the arguments; without any, the system's soft constraints on host and zone apply. */
export function spreadDefaults(raw: unknown): SpreadDefaults {
  const args = argsRecord(raw, NAME, ["defaultConstraints", "defaultingType"]);
  const listed = listArg<Constraint>(args["defaultConstraints"], NAME, "defaultConstraints");
  const type = wordArg(args["defaultingType"], ["System", "List"] as const, "System", {
    plugin: NAME,
    field: "defaultingType",
  });
  (listed ?? []).forEach(checkDefault);
  if (type === "System" && (listed ?? []).length > 0)
    throw new SchedulerError(
      "args.defaultingType: expected List where defaultConstraints are given",
      {
        plugin: NAME,
      },
    );
  return type === "System"
    ? { constraints: SYSTEM, system: true }
    : { constraints: listed ?? [], system: false };
}

/** A constraint made ready for one shape of pod. */
export interface ReadyConstraint {
  readonly column: LabelColumn;
  readonly hostname: boolean;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** Pods that count, on each node. */
  readonly matcher: PodMatcher;
  /** Whether the labels of a pod of the same namespace match; an empty selector matches all of them. */
  readonly selects: (labels: Labels | undefined) => boolean;
  /** 1 when the pod itself would count. */
  readonly self: 0 | 1;
  /** Whether a node's pods count (node affinity and taints policies); absent when those of every node do. */
  readonly includes: ((node: Node) => boolean) | undefined;
}

interface Selection {
  readonly key: string;
  readonly matches: (labels: Labels | undefined) => boolean;
  /** An empty selector selects the pod itself but counts nobody. */
  readonly empty: boolean;
  /** Labels that whatever matches has. */
  readonly pairs: Labels;
}

/** The label that narrows a question down most: of several the last, as the template hash stands behind the names people give. */
function within(namespace: string, pairs: Labels): { readonly within?: LabelPair } {
  const [label, value] = Object.entries(pairs).at(-1) ?? [];
  return label === undefined || value === undefined ? {} : { within: { namespace, label, value } };
}

function ownSelection(constraint: Constraint, labels: Labels | undefined): Selection {
  const extra: Record<string, string> = {};
  for (const key of constraint.matchLabelKeys ?? []) {
    const value = labels?.[key];
    if (value !== undefined) extra[key] = value;
  }
  const selector = constraint.labelSelector;
  const selects = matchesSelector(selector);
  const bare =
    selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0;
  return {
    key: JSON.stringify([selector, extra]),
    matches: (of) => selects(of) && labelsInclude(of, extra),
    empty: bare && Object.keys(extra).length === 0,
    pairs: { ...selector?.matchLabels, ...extra },
  };
}

type OwnerKind = "ReplicationController" | "ReplicaSet" | "StatefulSet";

const OWNERS: Readonly<Record<OwnerKind, string>> = {
  ReplicationController: "v1",
  ReplicaSet: "apps/v1",
  StatefulSet: "apps/v1",
};

/** The controller of a pod, if its selector counts for default constraints. */
function ownerOf({ metadata }: Pod): { readonly kind: OwnerKind; readonly key: Key } | undefined {
  const owner = metadata.ownerReferences?.find((each) => each.controller === true);
  if (owner === undefined || OWNERS[owner.kind as OwnerKind] !== owner.apiVersion) return undefined;
  return { kind: owner.kind as OwnerKind, key: `${metadata.namespace ?? ""}/${owner.name}` };
}

/** Raised whenever the selector that default constraints take for this pod may have changed. */
export function defaultSelectionVersion(pod: Pod, { objects }: Snapshot): number {
  const owner = ownerOf(pod);
  const own = owner === undefined ? 0 : objects.versionOf(owner.kind, owner.key);
  return objects.version("Service") + own;
}

/** The selector of the Services and of the controller that select the pod; `undefined` without any. */
function defaultSelection(pod: Pod, snapshot: Snapshot): Selection | undefined {
  const { namespace = "", labels } = pod.metadata;
  const wanted: Record<string, string> = {};
  for (const service of snapshot.objects.list("Service")) {
    const selector = service.spec?.selector;
    if (service.metadata.namespace !== namespace || selector === undefined) continue;
    if (labelsInclude(labels, selector)) Object.assign(wanted, selector);
  }
  const owner = ownerOf(pod);
  let more: LabelSelector | undefined;
  if (owner?.kind === "ReplicationController")
    Object.assign(wanted, snapshot.objects.get(owner.kind, owner.key)?.spec?.selector);
  else if (owner !== undefined) more = snapshot.objects.get(owner.kind, owner.key)?.spec?.selector;
  const requirements = more?.matchExpressions ?? [];
  const pairs = more?.matchLabels ?? {};
  if (Object.keys(wanted).length + Object.keys(pairs).length + requirements.length === 0)
    return undefined;
  return {
    key: JSON.stringify([wanted, more]),
    empty: false,
    pairs: { ...wanted, ...pairs },
    matches: (of) =>
      labelsInclude(of, wanted) &&
      labelsInclude(of, pairs) &&
      requirements.every((each) => requirementHolds(each, of ?? {})),
  };
}

/** The constraints of one kind that hold for a pod: its own, or the defaults when it has none. */
export function readyConstraints(
  info: PodInfo,
  snapshot: Snapshot,
  defaults: SpreadDefaults,
  action: "DoNotSchedule" | "ScheduleAnyway",
): readonly ReadyConstraint[] {
  const { pod } = info;
  const own = pod.spec.topologySpreadConstraints ?? [];
  const wanted = (own.length > 0 ? own : defaults.constraints).filter(
    (each) => each.whenUnsatisfiable === action,
  );
  if (wanted.length === 0) return [];
  const shared = own.length > 0 ? undefined : defaultSelection(pod, snapshot);
  if (own.length === 0 && shared === undefined) return [];
  return wanted.map((each) =>
    ready(each, shared ?? ownSelection(each, pod.metadata.labels), info, snapshot),
  );
}

function ready(
  constraint: Constraint,
  selection: Selection,
  { pod, traits }: PodInfo,
  snapshot: Snapshot,
): ReadyConstraint {
  const { namespace } = traits;
  const counts = (of: string, labels: Labels | undefined) =>
    !selection.empty && of === namespace && selection.matches(labels);
  return {
    column: snapshot.labelColumn(constraint.topologyKey),
    hostname: constraint.topologyKey === HOSTNAME,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    selects: selection.matches,
    matcher: snapshot.matcher({
      key: `spread ${namespace} ${selection.key} ${selection.empty}`,
      test: counts,
      skipTerminating: true,
      ...within(namespace, selection.pairs),
    }),
    self: selection.matches(pod.metadata.labels) ? 1 : 0,
    includes: inclusion(constraint, pod),
  };
}

function inclusion(constraint: Constraint, pod: Pod): ReadyConstraint["includes"] {
  const required = constraint.nodeAffinityPolicy === "Ignore" ? undefined : requiredNodeTest(pod);
  const tolerations = pod.spec.tolerations ?? [];
  const honorsTaints = constraint.nodeTaintsPolicy === "Honor";
  if (required === undefined && !honorsTaints) return undefined;
  return (node) =>
    (required === undefined || required(node)) &&
    (!honorsTaints || untolerated(node, tolerations) === undefined);
}

/** Whether the node has the topology labels of all constraints. */
export function hasAllKeys(constraints: readonly ReadyConstraint[], node: number): boolean {
  for (const { column } of constraints) if ((column.values[node] as number) < 0) return false;
  return true;
}
