import { formatQuantity, milliValue, parseQuantity } from "../meta/quantity.ts";
import { type KubeObject, makeKey } from "../object.ts";
import type { Container, OwnerReference, Pod, ResourceRequirements } from "../types.gen.ts";
import {
  type ContainerRecommendation,
  OBSERVED_CONTAINERS,
  policyFor,
  updateMode,
  type VerticalPodAutoscaler,
  VPA_KIND,
} from "../vertical-pod-autoscaler.ts";
import type { AdmissionPlugin, AdmissionReader } from "./plugin.ts";
import { isPodCreate } from "./service-account.ts";

/** The webhook of the vertical pod autoscaler: new pods request what is recommended for them. */
export const verticalPodAutoscaler: AdmissionPlugin = {
  name: "VerticalPodAutoscaler",
  kinds: ["Pod"],
  idleWithout: VPA_KIND,
  mutate(request, reader) {
    if (!isPodCreate(request)) return request.object;
    const pod = request.object as Pod;
    const autoscaler = autoscalerOf(pod, request.namespace, reader);
    return autoscaler === undefined ? pod : withRecommendation(pod, autoscaler);
  },
};

/** The oldest autoscaler for the workload that a pod belongs to, whatever stands between them. */
function autoscalerOf(
  pod: Pod,
  namespace: string | undefined,
  reader: AdmissionReader,
): VerticalPodAutoscaler | undefined {
  const top = topController(pod, namespace, reader);
  if (top === undefined) return undefined;
  let found: VerticalPodAutoscaler | undefined;
  for (const object of reader.list(VPA_KIND, namespace)) {
    const autoscaler = object as VerticalPodAutoscaler;
    const target = autoscaler.spec?.targetRef;
    if (target === undefined || updateMode(autoscaler) === "Off") continue;
    if (target.kind !== top.kind || target.name !== top.name) continue;
    if (found === undefined || isStronger(autoscaler, found)) found = autoscaler;
  }
  return found;
}

function topController(
  pod: Pod,
  namespace: string | undefined,
  reader: AdmissionReader,
): OwnerReference | undefined {
  let top: OwnerReference | undefined;
  let object: KubeObject | undefined = pod;
  while (object !== undefined) {
    const owner: OwnerReference | undefined = object.metadata.ownerReferences?.find(
      ({ controller }) => controller === true,
    );
    if (owner === undefined) return top;
    top = owner;
    object = reader.get(owner.kind, makeKey(namespace, owner.name));
  }
  return top;
}

function isStronger(a: VerticalPodAutoscaler, b: VerticalPodAutoscaler): boolean {
  const [born, other] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  return born === other ? a.metadata.name < b.metadata.name : born < other;
}

function withRecommendation(pod: Pod, autoscaler: VerticalPodAutoscaler): Pod {
  const recommendations = autoscaler.status?.recommendation?.containerRecommendations ?? [];
  const changes: string[] = [];
  if (pod.spec === undefined) return pod;
  const containers = pod.spec.containers.map((container, at) => {
    const found = recommendations.find(({ containerName }) => containerName === container.name);
    const policy = policyFor(autoscaler, container.name);
    if (found === undefined || policy.mode === "Off") return container;
    const resized =
      policy.controlledValues === "RequestsOnly"
        ? withRequests(container, found)
        : withRequestsAndLimits(container, found);
    changes.push(`container ${at}: ${resized.changes.join(", ")}`);
    return { ...container, resources: { ...container.resources, ...resized.resources } };
  });
  const annotations: Record<string, string> = { ...pod.metadata.annotations };
  if (changes.length > 0) {
    const { name } = autoscaler.metadata;
    annotations["vpaUpdates"] = `Pod resources updated by ${name}: ${changes.join("; ")}`;
  }
  annotations[OBSERVED_CONTAINERS] = pod.spec.containers.map(({ name }) => name).join(", ");
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec: { ...pod.spec, containers } };
}

interface Resized {
  readonly resources: ResourceRequirements;
  readonly changes: readonly string[];
}

/** Requests become the target, up to the limits. */
function withRequests(container: Container, { target }: ContainerRecommendation): Resized {
  const { requests, limits = {} } = container.resources ?? {};
  const next: Record<string, string> = { ...requests };
  const capped: string[] = [];
  const names = Object.keys(target).sort();
  for (const name of names) {
    const [wanted, limit] = [target[name] as string, limits[name]];
    const over = limit !== undefined && milliValue(wanted) > milliValue(limit);
    next[name] = over ? limit : wanted;
    if (over) capped.push(`${name} capped to container limit`);
  }
  const changes = [...capped, ...names.map((name) => `${name} request`)];
  return { resources: { requests: next }, changes };
}

/** Requests become the target; limits keep their proportion to them. */
function withRequestsAndLimits(container: Container, { target }: ContainerRecommendation): Resized {
  const { requests = {}, limits } = container.resources ?? {};
  const changes = Object.keys(target)
    .sort()
    .map((name) => `${name} request`);
  const next: Record<string, string> = {};
  for (const [name, limit] of Object.entries(limits ?? {})) {
    next[name] = limit;
    const [before, after] = [requests[name] ?? limit, target[name]];
    if (after === undefined || milliValue(before) === 0) continue;
    const format = parseQuantity(limit)?.format ?? "DecimalSI";
    const milli = Math.round((milliValue(limit) * milliValue(after)) / milliValue(before));
    next[name] = formatQuantity({ nanos: BigInt(milli) * 1_000_000n, format });
    changes.push(`${name} limit`);
  }
  const resources = { requests: { ...requests, ...target } };
  return { resources: limits === undefined ? resources : { ...resources, limits: next }, changes };
}
