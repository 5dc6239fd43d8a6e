import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  LabelSelector,
  PodDisruptionBudget,
  PodSpec,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../types.gen.ts";
import type { KindPrinter } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { containerCells, labelsText, selectorText } from "./text.ts";

const wideTemplate = ["Containers|string|wide", "Images|string|wide"] as const;
const wideSelector = "Selector|string|wide";

function templateCells(
  template: { readonly spec?: PodSpec } | undefined,
  selector: LabelSelector | undefined,
): [string, string, string] {
  return [...containerCells(template?.spec?.containers), selectorText(selector)];
}

export const deploymentPrinter: KindPrinter = printer<Deployment>(
  columns("Name", "Ready", "Up-to-date", "Available", "Age", ...wideTemplate, wideSelector),
  (object, context) => {
    const { spec, status } = object;
    return [
      object.metadata.name,
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      age(object, context),
      ...templateCells(spec?.template, spec?.selector),
    ];
  },
);

const replicaColumns = columns(
  "Name",
  "Desired|integer",
  "Current|integer",
  "Ready|integer",
  "Age",
  ...wideTemplate,
  wideSelector,
);

export const replicaSetPrinter: KindPrinter = printer<ReplicaSet>(
  replicaColumns,
  (object, context) => [
    object.metadata.name,
    object.spec?.replicas ?? 0,
    object.status?.replicas ?? 0,
    object.status?.readyReplicas ?? 0,
    age(object, context),
    ...templateCells(object.spec?.template, object.spec?.selector),
  ],
);

export const replicationControllerPrinter: KindPrinter = printer<ReplicationController>(
  replicaColumns,
  (object, context) => [
    object.metadata.name,
    object.spec?.replicas ?? 0,
    object.status?.replicas ?? 0,
    object.status?.readyReplicas ?? 0,
    age(object, context),
    ...containerCells(object.spec?.template?.spec?.containers),
    labelsText(object.spec?.selector),
  ],
);

export const statefulSetPrinter: KindPrinter = printer<StatefulSet>(
  columns("Name", "Ready", "Age", ...wideTemplate),
  (object, context) => [
    object.metadata.name,
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    age(object, context),
    ...containerCells(object.spec?.template.spec?.containers),
  ],
);

export const daemonSetPrinter: KindPrinter = printer<DaemonSet>(
  columns(
    "Name",
    "Desired|integer",
    "Current|integer",
    "Ready|integer",
    "Up-to-date|integer",
    "Available|integer",
    "Node Selector",
    "Age",
    ...wideTemplate,
    wideSelector,
  ),
  (object, context) => {
    const { spec, status } = object;
    return [
      object.metadata.name,
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      labelsText(spec?.template.spec?.nodeSelector),
      age(object, context),
      ...templateCells(spec?.template, spec?.selector),
    ];
  },
);

/** `daemonset.apps/web`, as a controller's owner reference is printed; `<none>` without one. */
function controllerText({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return "<none>";
  const slash = owner.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : `.${owner.apiVersion.slice(0, slash)}`;
  return `${`${owner.kind}${group}`.toLowerCase()}/${owner.name}`;
}

export const controllerRevisionPrinter: KindPrinter = printer<ControllerRevision>(
  columns("Name", "Controller", "Revision", "Age"),
  (object, context) => [
    object.metadata.name,
    controllerText(object),
    object.revision,
    age(object, context),
  ],
);

export const podDisruptionBudgetPrinter: KindPrinter = printer<PodDisruptionBudget>(
  columns("Name", "Min Available", "Max Unavailable", "Allowed Disruptions|integer", "Age"),
  (object, context) => [
    object.metadata.name,
    String(object.spec?.minAvailable ?? "N/A"),
    String(object.spec?.maxUnavailable ?? "N/A"),
    object.status?.disruptionsAllowed ?? 0,
    age(object, context),
  ],
);
