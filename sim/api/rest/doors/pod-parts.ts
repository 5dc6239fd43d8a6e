import type { DoorRule } from "../../api-server.ts";
import type { Container, Pod, PodSpec } from "../../types.gen.ts";
import { duplicate, type FieldError, forbiddenField } from "../../validation/field-error.ts";
import { podResizeErrors } from "../../validation/pod-resize.ts";
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
    const spec = before.spec as PodSpec;
    const changed = ephemeralContainers === undefined ? spec : { ...spec, ephemeralContainers };
    return { ...before, metadata: before.metadata, spec: changed };
  },
  validate(next, before) {
    const spec = next.spec as PodSpec;
    const old = (before.spec as PodSpec).ephemeralContainers ?? [];
    const taken = new Set([...spec.containers, ...(spec.initContainers ?? [])].map(nameOf));
    const errors: FieldError[] = [];
    spec.ephemeralContainers?.forEach((container, index) => {
      const field = `spec.ephemeralContainers[${index}].name`;
      if (taken.has(container.name)) errors.push(duplicate(field, container.name));
      taken.add(container.name);
    });
    for (const container of old) {
      if (spec.ephemeralContainers?.some(({ name }) => name === container.name)) continue;
      const why = `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed\n`;
      errors.push(forbiddenField("spec.ephemeralContainers", why));
    }
    return errors;
  },
};

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

/** Only the resources of containers change. */
const resizeRule: DoorRule = {
  prepare(next, before) {
    const sent = (next.spec ?? {}) as PodSpec;
    const spec = before.spec as PodSpec;
    const merge = (list: readonly Container[], from: readonly Container[] | undefined) =>
      list.map((container) => {
        const wanted = from?.find(({ name }) => name === container.name);
        const { resources: _, ...rest } = container;
        return wanted?.resources === undefined ? rest : { ...rest, resources: wanted.resources };
      });
    const changed: PodSpec = {
      ...spec,
      containers: merge(spec.containers, sent.containers),
      ...(spec.initContainers === undefined
        ? {}
        : { initContainers: merge(spec.initContainers, sent.initContainers) }),
    };
    return { ...before, spec: changed };
  },
  validate(next, before) {
    return podResizeErrors(next as Pod, before as Pod);
  },
};
