import type { DoorRule } from "../../api-server.ts";
import { sameValue } from "../../kinds/same-value.ts";
import type { KubeObject } from "../../object.ts";
import type { Container, Pod, PodSpec } from "../../types.gen.ts";
import { ephemeralContainerErrors } from "../../validation/pod/pod-ephemeral.ts";
import { podResizeErrors } from "../../validation/pod/pod-resize.ts";
import type { Answer, Call } from "../context.ts";
import { patchObject } from "../patching.ts";
import { answerObject, updateObject } from "../writing.ts";

/** GET, PUT and PATCH of `/resize` and `/ephemeralcontainers` of a pod. */
export function podPartDoor(call: Call, door: "resize" | "ephemeralcontainers"): Answer {
  const { request, reader, resource, target } = call;
  const rule = door === "resize" ? resizeRule : ephemeralRule;
  switch (request.method) {
    case "PUT":
      return updateObject(call, { subresource: door, rule });
    case "PATCH":
      return patchObject(call, { subresource: door, rule });
    default:
      return answerObject(call, reader.get(resource, target.namespace, target.name ?? ""));
  }
}

/** Only the list of ephemeral containers changes, and it only grows. */
const ephemeralRule: DoorRule = {
  prepare(next, before) {
    const { ephemeralContainers } = (next.spec ?? {}) as PodSpec;
    const { ephemeralContainers: _, ...spec } = before.spec as PodSpec;
    const changed = ephemeralContainers === undefined ? spec : { ...spec, ephemeralContainers };
    return withSpec(before, changed);
  },
  validate(next, before) {
    return ephemeralContainerErrors(next as Pod, before as Pod);
  },
};

/** Only the resources of the pod and of its containers change, and what their change takes. */
const resizeRule: DoorRule = {
  prepare(next, before) {
    const sent = (next.spec ?? {}) as PodSpec;
    const spec = before.spec as PodSpec;
    const { containers = [], initContainers } = sent;
    // What adds, removes or renames containers is left for the check to refuse.
    if (!sameNames(containers, spec.containers)) return withSpec(before, sent);
    if (!sameNames(initContainers, spec.initContainers)) return withSpec(before, sent);
    const { resources: _, ...kept } = spec;
    const changed: PodSpec = {
      ...kept,
      containers: resized(spec.containers, containers),
      ...(spec.initContainers === undefined
        ? {}
        : { initContainers: resized(spec.initContainers, initContainers) }),
      ...(sent.resources === undefined ? {} : { resources: sent.resources }),
    };
    return withSpec(before, changed);
  },
  validate(next, before) {
    return podResizeErrors(next as Pod, before as Pod);
  },
};

/** The pod with another spec, which counts for its generation. */
function withSpec(before: KubeObject, spec: PodSpec): KubeObject {
  const { metadata } = before;
  if (sameValue(spec, before.spec)) return { ...before, spec };
  const generation = (metadata.generation ?? 0) + 1;
  return { ...before, metadata: { ...metadata, generation }, spec };
}

function sameNames(one: readonly Container[] = [], other: readonly Container[] = []): boolean {
  return one.length === other.length && one.every(({ name }, index) => name === other[index]?.name);
}

function resized(list: readonly Container[], sent: readonly Container[] = []): Container[] {
  return list.map((container, index) => {
    const { resources: _, resizePolicy: __, ...rest } = container;
    const { resources, resizePolicy } = sent[index] ?? {};
    return {
      ...rest,
      ...(resources === undefined ? {} : { resources }),
      ...(resizePolicy === undefined ? {} : { resizePolicy }),
    };
  });
}
