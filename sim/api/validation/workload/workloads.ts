import { sameValue } from "../../kinds/same-value.ts";
import { matchesSelector } from "../../meta/selector.ts";
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  LabelSelector,
  PersistentVolumeClaim,
  PodTemplateSpec,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { annotationErrors, IMMUTABLE, invalidEach, labelErrors } from "../meta.ts";
import { dnsLabelErrors } from "../names.ts";
import { countErrors } from "../numbers.ts";
import { podAnnotationErrors, profileMatchErrors } from "../pod/pod-annotations.ts";
import { podSpecErrors } from "../pod/pod-spec.ts";
import { labelSelectorErrors, shownMap, shownSelector } from "../selectors.ts";
import { claimSpecErrors } from "../storage/claim-spec.ts";
import { daemonStrategyErrors, strategyErrors } from "./rollout.ts";

/** core `ValidatePodTemplateSpec`. */
export function templateErrors(
  template: PodTemplateSpec | undefined,
  path: string,
): readonly FieldError[] {
  const { metadata, spec } = template ?? {};
  const errors: FieldError[] = [];
  if (metadata?.labels !== undefined) {
    errors.push(...labelErrors(metadata.labels, `${path}.labels`));
  }
  if (metadata?.annotations !== undefined) {
    errors.push(...annotationErrors(metadata.annotations, `${path}.annotations`));
  }
  const pod = spec ?? { containers: [] };
  errors.push(...podAnnotationErrors(metadata?.annotations, pod, `${path}.annotations`));
  errors.push(...podSpecErrors(pod, `${path}.spec`));
  errors.push(...profileMatchErrors(metadata?.annotations, pod, `${path}.spec`));
  if ((spec?.ephemeralContainers?.length ?? 0) > 0) {
    const field = `${path}.spec.ephemeralContainers`;
    errors.push(forbiddenField(field, "ephemeral containers not allowed in pod template"));
  }
  return errors;
}

const MISMATCH = "`selector` does not match template `labels`";

/** Whether a selector fits the labels of the pods that come from the template. */
export function mismatchErrors(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  path: string,
): readonly FieldError[] {
  const labels = template?.metadata?.labels;
  if (matchesSelector(selector)(labels)) return [];
  return [invalidValue(`${path}.metadata.labels`, shownMap(labels), MISMATCH)];
}

function isEmptySelector(selector: LabelSelector): boolean {
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  );
}

function selectorErrors(selector: LabelSelector | undefined, owner: string): readonly FieldError[] {
  if (selector === undefined || selector === null) return [required("spec.selector", "")];
  const errors = [...labelSelectorErrors(selector, "spec.selector")];
  if (isEmptySelector(selector)) {
    errors.push(
      invalidValue(
        "spec.selector",
        shownSelector(selector),
        `empty selector is invalid for ${owner}`,
      ),
    );
  }
  return errors;
}

/** A template whose pods run for ever, of the named kind. */
function foreverErrors(template: PodTemplateSpec | undefined, kind: string): readonly FieldError[] {
  return [...templateErrors(template, "spec.template"), ...lifetimeErrors(template, kind)];
}

function lifetimeErrors(
  template: PodTemplateSpec | undefined,
  kind: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== "Always") {
    const field = "spec.template.spec.restartPolicy";
    errors.push(notSupported(field, restartPolicy ?? "", ["Always"]));
  }
  if (activeDeadlineSeconds !== undefined) {
    const why = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbiddenField("spec.template.spec.activeDeadlineSeconds", why));
  }
  return errors;
}

/** Whether upstream can make a selector of it at all. */
function isUsable(selector: LabelSelector | undefined): boolean {
  return labelSelectorErrors(selector, "").length === 0;
}

function selected(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  kind: string,
): readonly FieldError[] {
  if (!isUsable(selector)) {
    const why = kind === "StatefulSet" ? "" : "invalid label selector";
    const bad = invalidValue("spec.selector", shownSelector(selector), why);
    return kind === "StatefulSet" ? [bad, ...lifetimeErrors(template, kind)] : [bad];
  }
  const empty = selector !== undefined && selector !== null && isEmptySelector(selector);
  const mismatch = empty ? [] : mismatchErrors(selector, template, "spec.template");
  return [...mismatch, ...foreverErrors(template, kind)];
}

/** apps `ValidateDeploymentSpec`. */
export function deploymentErrors({ spec }: Deployment): readonly FieldError[] {
  if (spec === undefined) return [required("spec.selector", "")];
  const errors: FieldError[] = [];
  errors.push(...countErrors(spec.replicas, "spec.replicas"));
  errors.push(...selectorErrors(spec.selector, "deployment"));
  errors.push(...selected(spec.selector, spec.template, "ReplicaSet"));
  errors.push(...strategyErrors(spec.strategy ?? {}));
  errors.push(...countErrors(spec.minReadySeconds, "spec.minReadySeconds"));
  errors.push(...countErrors(spec.revisionHistoryLimit, "spec.revisionHistoryLimit"));
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    const field = "spec.progressDeadlineSeconds";
    errors.push(...countErrors(deadline, field));
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      errors.push(invalidValue(field, deadline, "must be greater than minReadySeconds"));
    }
  }
  return errors;
}

/** A selector that may not change once its pods exist. */
export function fixedSelectorErrors(
  next: { readonly spec?: { readonly selector?: LabelSelector } },
  before: { readonly spec?: { readonly selector?: LabelSelector } },
): readonly FieldError[] {
  const selector = next.spec?.selector;
  if (sameValue(selector, before.spec?.selector)) return [];
  return [invalidValue("spec.selector", shownSelector(selector), IMMUTABLE)];
}

/** apps `ValidateReplicaSetSpec`. */
export function replicaSetErrors({ spec }: ReplicaSet): readonly FieldError[] {
  return [
    ...countErrors(spec?.replicas, "spec.replicas"),
    ...countErrors(spec?.minReadySeconds, "spec.minReadySeconds"),
    ...selectorErrors(spec?.selector, "deployment"),
    ...selected(spec?.selector, spec?.template, "ReplicaSet"),
  ];
}

/** core `ValidateReplicationControllerSpec`. */
export function replicationControllerErrors({
  spec,
}: ReplicationController): readonly FieldError[] {
  const errors = [...countErrors(spec?.minReadySeconds, "spec.minReadySeconds")];
  const selector = spec?.selector ?? {};
  if (Object.keys(selector).length === 0) errors.push(required("spec.selector", ""));
  errors.push(...countErrors(spec?.replicas, "spec.replicas"));
  if (spec?.template === undefined) return [...errors, required("spec.template", "")];
  // Upstream does not look at what the selector is made of.
  if (Object.keys(selector).length > 0) {
    errors.push(...mismatchErrors({ matchLabels: selector }, spec.template, "spec.template"));
  }
  return [...errors, ...foreverErrors(spec.template, "ReplicationController")];
}

/** apps `ValidateDaemonSetSpec`. */
export function daemonSetErrors({ spec }: DaemonSet): readonly FieldError[] {
  const errors: FieldError[] = [];
  const selector = spec?.selector;
  errors.push(...labelSelectorErrors(selector, "spec.selector"));
  const empty = selector !== undefined && selector !== null && isEmptySelector(selector);
  if (!empty) {
    if (isUsable(selector)) {
      errors.push(...mismatchErrors(selector, spec?.template, "spec.template"));
    }
  } else {
    const why = "empty selector is invalid for daemonset";
    errors.push(invalidValue("spec.selector", shownSelector(selector), why));
  }
  errors.push(...foreverErrors(spec?.template, "DaemonSet"));
  errors.push(...countErrors(spec?.minReadySeconds, "spec.minReadySeconds"));
  errors.push(...daemonStrategyErrors(spec?.updateStrategy ?? {}));
  errors.push(...countErrors(spec?.revisionHistoryLimit, "spec.revisionHistoryLimit"));
  return errors;
}

/** apps `ValidateStatefulSetSpec`. An update leaves alone what it may not change anyway. */
export function statefulSetErrors({ spec }: StatefulSet, isNew = true): readonly FieldError[] {
  const errors: FieldError[] = [];
  const policy = spec?.podManagementPolicy ?? "";
  if (policy === "") errors.push(required("spec.podManagementPolicy", ""));
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    const why = "must be 'OrderedReady' or 'Parallel'";
    errors.push(invalidValue("spec.podManagementPolicy", policy, why));
  }
  errors.push(...statefulStrategyErrors(spec?.updateStrategy ?? {}));
  for (const key of ["whenDeleted", "whenScaled"] as const) {
    const value = spec?.persistentVolumeClaimRetentionPolicy?.[key] ?? "Retain";
    if (value === "Retain" || value === "Delete") continue;
    const field = `spec.persistentVolumeClaimRetentionPolicy.${key}`;
    errors.push(notSupported(field, value, ["Delete", "Retain"]));
  }
  if (isNew) errors.push(...claimTemplateErrors(spec?.volumeClaimTemplates ?? []));
  errors.push(...countErrors(spec?.replicas, "spec.replicas"));
  errors.push(...countErrors(spec?.minReadySeconds, "spec.minReadySeconds"));
  errors.push(...countErrors(spec?.ordinals?.start, "spec.ordinals.start"));
  if (isNew && spec?.serviceName) {
    const { serviceName } = spec;
    errors.push(...invalidEach("spec.serviceName", serviceName, dnsLabelErrors(serviceName)));
  }
  errors.push(...selectorErrors(spec?.selector, "statefulset"));
  errors.push(...selected(spec?.selector, withClaims(spec), "StatefulSet"));
  return errors;
}

function claimTemplateErrors(claims: readonly PersistentVolumeClaim[]): readonly FieldError[] {
  return claims.flatMap(({ spec = {} }, index) =>
    claimSpecErrors(spec, `spec.volumeClaimTemplates[${index}].spec`),
  );
}

/** The template as its pods will have it: claims become volumes, which containers may mount. */
function withClaims(spec: StatefulSet["spec"]): PodTemplateSpec | undefined {
  const claims = spec?.volumeClaimTemplates ?? [];
  const podSpec = spec?.template.spec;
  if (claims.length === 0 || podSpec === undefined) return spec?.template;
  const own = (podSpec.volumes ?? []).filter(
    ({ name }) => !claims.some(({ metadata }) => metadata.name === name),
  );
  const made = claims.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  return { ...spec?.template, spec: { ...podSpec, volumes: [...own, ...made] } };
}

function statefulStrategyErrors(
  strategy: NonNullable<NonNullable<StatefulSet["spec"]>["updateStrategy"]>,
): readonly FieldError[] {
  const { type = "", rollingUpdate } = strategy;
  const path = "spec.updateStrategy";
  if (type === "") return [required(path, "")];
  if (type === "OnDelete") {
    const why = "only allowed for updateStrategy 'RollingUpdate'";
    return rollingUpdate === undefined
      ? []
      : [invalidValue(`${path}.rollingUpdate`, shownPartition(rollingUpdate), why)];
  }
  if (type !== "RollingUpdate") {
    const shown = { Type: type, RollingUpdate: shownPartition(rollingUpdate) };
    return [invalidValue(path, shown, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  return countErrors(rollingUpdate?.partition, `${path}.rollingUpdate.partition`);
}

function shownPartition(rollout: { readonly partition?: number } | undefined) {
  return rollout === undefined ? null : { Partition: rollout.partition ?? 0, MaxUnavailable: null };
}

const STATEFUL_SET_MUTABLE = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

/** apps `ValidateStatefulSetUpdate`. */
export function statefulSetUpdateErrors(
  next: StatefulSet,
  before: StatefulSet,
): readonly FieldError[] {
  const left = (next.spec ?? {}) as unknown as Readonly<Record<string, unknown>>;
  const right = (before.spec ?? {}) as unknown as Readonly<Record<string, unknown>>;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  const changed = [...keys].some(
    (key) => !STATEFUL_SET_MUTABLE.includes(key) && !sameValue(left[key], right[key]),
  );
  if (!changed) return [];
  const why =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [forbiddenField("spec", why)];
}

/** apps `ValidateControllerRevision`. */
export function controllerRevisionErrors({
  data,
  revision,
}: ControllerRevision): readonly FieldError[] {
  const missing = data === undefined || data === null;
  return [
    ...(missing ? [required("data", "data is mandatory")] : []),
    ...countErrors(revision, "revision"),
  ];
}

/** A revision keeps its data. */
export function controllerRevisionUpdateErrors(
  next: ControllerRevision,
  before: ControllerRevision,
): readonly FieldError[] {
  const errors = [...controllerRevisionErrors(next)];
  if (!sameValue(next.data, before.data)) {
    errors.push(invalidValue("data", next.data ?? null, IMMUTABLE));
  }
  return errors;
}
