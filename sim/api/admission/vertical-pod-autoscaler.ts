import { formatQuantity, milliValue, parseQuantity } from "../meta/quantity.ts";
import { matchesSelector } from "../meta/selector.ts";
import { makeKey } from "../object.ts";
import type { Container, LabelSelector, Pod } from "../types.gen.ts";
import {
  type ContainerRecommendation,
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

function autoscalerOf(
  pod: Pod,
  namespace: string | undefined,
  reader: AdmissionReader,
): VerticalPodAutoscaler | undefined {
  for (const object of reader.list(VPA_KIND, namespace)) {
    const autoscaler = object as VerticalPodAutoscaler;
    const target = autoscaler.spec?.targetRef;
    if (target === undefined || updateMode(autoscaler) === "Off") continue;
    const owner = reader.get(target.kind, makeKey(namespace, target.name));
    const selector = (owner?.spec as { selector?: LabelSelector } | undefined)?.selector;
    if (matchesSelector(selector)(pod.metadata.labels)) return autoscaler;
  }
  return undefined;
}

function withRecommendation(pod: Pod, autoscaler: VerticalPodAutoscaler): Pod {
  const recommendations = autoscaler.status?.recommendation?.containerRecommendations ?? [];
  const changes: string[] = [];
  const containers = (pod.spec?.containers ?? []).map((container, at) => {
    const found = recommendations.find(({ containerName }) => containerName === container.name);
    if (found === undefined || policyFor(autoscaler, container.name).mode === "Off")
      return container;
    changes.push(
      `container ${at}: ${Object.keys(found.target)
        .sort()
        .map((name) => `${name} request`)
        .join(", ")}`,
    );
    return resized(container, found);
  });
  if (changes.length === 0 || pod.spec === undefined) return pod;
  const note = `Pod resources updated by ${autoscaler.metadata.name}: ${changes.join("; ")}`;
  const annotations = { ...pod.metadata.annotations, vpaUpdates: note };
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec: { ...pod.spec, containers } };
}

/** Requests become the target; limits keep their proportion to them. */
function resized(container: Container, { target }: ContainerRecommendation): Container {
  const { requests = {}, limits } = container.resources ?? {};
  const scaled = Object.entries(limits ?? {}).map(([name, limit]) => {
    const [before, after] = [requests[name] ?? limit, target[name]];
    if (after === undefined || milliValue(before) === 0) return [name, limit] as const;
    const format = parseQuantity(limit)?.format ?? "DecimalSI";
    const milli = Math.round((milliValue(limit) * milliValue(after)) / milliValue(before));
    return [name, formatQuantity({ nanos: BigInt(milli) * 1_000_000n, format })] as const;
  });
  return {
    ...container,
    resources: {
      ...container.resources,
      requests: { ...requests, ...target },
      ...(limits === undefined ? {} : { limits: Object.fromEntries(scaled) }),
    },
  };
}
