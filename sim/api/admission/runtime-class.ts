import { forbidden } from "../api-error.ts";
import { sameValue } from "../kinds/same-value.ts";
import type { Pod, PodSpec, RuntimeClass, Toleration } from "../types.gen.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./plugin.ts";
import { isPodCreate } from "./service-account.ts";

/** Adds what a runtime class costs and where it runs to the pods that name it. */
export const runtimeClass: AdmissionPlugin = {
  name: "RuntimeClass",
  kinds: ["Pod"],
  mutate(request, reader) {
    const pod = request.object as Pod;
    if (!isPodCreate(request) || pod.spec?.runtimeClassName === undefined) return request.object;
    const name = pod.spec.runtimeClassName;
    const found = reader.get("RuntimeClass", name) as RuntimeClass | undefined;
    if (found === undefined) {
      throw rejected(request, `RuntimeClass ${JSON.stringify(name)} not found`);
    }
    return { ...pod, spec: withScheduling(request, withOverhead(request, pod.spec, found), found) };
  },
  validate(request) {
    const pod = request.object as Pod | undefined;
    if (!isPodCreate(request) || pod?.spec?.runtimeClassName !== undefined) return;
    if (Object.keys(pod?.spec?.overhead ?? {}).length === 0) return;
    const why = "Pod Overhead set without corresponding RuntimeClass defined Overhead";
    throw rejected(request, why);
  },
};

function rejected(request: AdmissionRequest, why: string) {
  return forbidden(request.descriptor, request.name, `pod rejected: ${why}`);
}

function withOverhead(request: AdmissionRequest, spec: PodSpec, from: RuntimeClass): PodSpec {
  const overhead = from.overhead?.podFixed;
  if (overhead === undefined || Object.keys(overhead).length === 0) {
    if (Object.keys(spec.overhead ?? {}).length === 0) return spec;
    throw rejected(request, "Pod Overhead set without corresponding RuntimeClass defined Overhead");
  }
  if (spec.overhead !== undefined && !sameValue(spec.overhead, overhead)) {
    throw rejected(request, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  return { ...spec, overhead };
}

function withScheduling(request: AdmissionRequest, spec: PodSpec, from: RuntimeClass): PodSpec {
  const { nodeSelector = {}, tolerations = [] } = from.scheduling ?? {};
  const own = spec.nodeSelector ?? {};
  for (const key of Object.keys(nodeSelector)) {
    if (own[key] !== undefined && own[key] !== nodeSelector[key]) {
      const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${nodeSelector[key]}; pod.spec.nodeSelector[${key}] = ${own[key]}`;
      throw forbidden(request.descriptor, request.name, why);
    }
  }
  const next =
    Object.keys(nodeSelector).length === 0
      ? spec
      : { ...spec, nodeSelector: { ...own, ...nodeSelector } };
  const added = tolerations.filter(
    (one: Toleration) => !(spec.tolerations ?? []).some((other) => sameValue(one, other)),
  );
  if (added.length === 0) return next;
  return { ...next, tolerations: [...(spec.tolerations ?? []), ...added] };
}
