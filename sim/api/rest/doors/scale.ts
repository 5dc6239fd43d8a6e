import { noSuchResource, notFound } from "../../api-error.ts";
import { printerOf } from "../../kinds/columns/printers.ts";
import { selectorQuery } from "../../meta/selector-text.ts";
import { type KubeObject, makeKey } from "../../object.ts";
import type { LabelSelector } from "../../types.gen.ts";
import { invalidValue } from "../../validation/field-error.ts";
import { mediaType, readObject } from "../body.ts";
import { type Answer, type Call, includeObject } from "../context.ts";
import { trackWrite } from "../managed.ts";
import { readWriteOptions } from "../options.ts";
import { applyPatch, checkPatchType, interpretPatched, readPatch } from "../patching.ts";
import { presentObject } from "../present.ts";
import { refuse } from "../refuse.ts";
import type { Resource } from "../resource.ts";
import { checkName } from "../writing.ts";

const scaleTarget = {
  kind: "Scale",
  group: "autoscaling",
  version: "v1",
  type: "autoscaling.v1.Scale",
};

/** Where a resource keeps what the scale door shows, as steps from the object's root. */
interface ScalePaths {
  readonly replicas: readonly string[];
  readonly statusReplicas: readonly string[];
  readonly selector: readonly string[] | undefined;
}

function pathsOf(resource: Resource): ScalePaths | undefined {
  const { custom, descriptor } = resource;
  if (custom === undefined)
    return descriptor.subresources.includes("scale")
      ? {
          replicas: ["spec", "replicas"],
          statusReplicas: ["status", "replicas"],
          selector: ["spec", "selector"],
        }
      : undefined;
  const scale = custom.subresources?.scale;
  if (scale === undefined) return undefined;
  const steps = (path: string): readonly string[] => path.split(".").filter((step) => step !== "");
  return {
    replicas: steps(scale.specReplicasPath),
    statusReplicas: steps(scale.statusReplicasPath),
    selector: scale.labelSelectorPath === undefined ? undefined : steps(scale.labelSelectorPath),
  };
}

function read(object: unknown, steps: readonly string[]): unknown {
  let value = object;
  for (const step of steps) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

function write<T>(object: T, [step, ...rest]: readonly string[], value: unknown): T {
  if (step === undefined) return value as T;
  const members = (object ?? {}) as Readonly<Record<string, unknown>>;
  return { ...members, [step]: write(members[step], rest, value) } as T;
}

/** The Scale of an object. */
function scaleOf(object: KubeObject, paths: ScalePaths): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = read(object, paths.replicas);
  const actual = read(object, paths.statusReplicas);
  const selector = paths.selector === undefined ? undefined : read(object, paths.selector);
  const text = selectorText(selector);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: typeof replicas === "number" && replicas !== 0 ? { replicas } : {},
    status: {
      replicas: typeof actual === "number" ? actual : 0,
      ...(text === "" ? {} : { selector: text }),
    },
  };
}

/** A selector as text, as `metav1.FormatLabelSelector` has it; custom resources keep a text of their own. */
export function selectorText(selector: unknown): string {
  if (typeof selector === "string") return selector;
  if (selector === null || typeof selector !== "object") return "";
  const known = selector as LabelSelector;
  const plain = known.matchLabels === undefined && known.matchExpressions === undefined;
  const matchLabels = selector as Readonly<Record<string, string>>;
  return selectorQuery(plain ? { matchLabels } : known);
}

/** GET, PUT and PATCH of `/scale`. */
export function scaleDoor(call: Call): Answer {
  const { request, resource, target, api } = call;
  const paths = pathsOf(resource);
  const name = target.name ?? "";
  if (paths === undefined)
    throw resource.custom === undefined ? noSuchResource() : notFound(resource.descriptor, name);
  const { kind, descriptor } = resource;
  const key = makeKey(descriptor.namespaced ? target.namespace : undefined, name);
  const object = api.store.get(kind, key);
  if (request.method === "GET") {
    if (object === undefined) throw notFound(descriptor, name);
    return present(call, scaleOf(object, paths));
  }
  const options = readWriteOptions(
    call.query,
    request.method === "PUT" ? "UpdateOptions" : "PatchOptions",
  );
  let scale: KubeObject;
  if (request.method === "PUT") {
    scale = readObject(request, scaleTarget, options.validation, call.warnings);
    checkName(scale, name, target.namespace);
    if (object === undefined) throw notFound(descriptor, name);
  } else {
    const type = mediaType(request.contentType);
    checkPatchType(type, resource.custom !== undefined);
    const patch = readPatch(call, type);
    if (object === undefined) throw notFound(descriptor, name);
    const patched = applyPatch(type, scaleTarget.type, scaleOf(object, paths), patch);
    const outcome = { patched, patch, type, repeated: [] };
    scale = interpretPatched(call, outcome, options, scaleTarget);
  }
  const replicas = (scale.spec as { replicas?: number } | undefined)?.replicas ?? 0;
  if (replicas < 0) {
    const why = "must be greater than or equal to 0";
    refuse({ group: "autoscaling", kind: "Scale" }, name, [
      invalidValue("spec.replicas", replicas, why),
    ]);
  }
  const { uid, resourceVersion } = scale.metadata;
  const next = write(object, paths.replicas, replicas);
  const sent = {
    ...next,
    metadata: {
      ...next.metadata,
      resourceVersion: resourceVersion ?? "",
      uid: uid || object.metadata.uid,
    },
  };
  const { user, warnings } = call;
  const track = trackWrite(call, "scale");
  const written = api.update(kind, sent, { user, warnings, dryRun: options.dryRun, track });
  return present(call, scaleOf(written, paths));
}

/** The Scale as the client wants it: it has columns of its own. */
function present({ resource, representation, api, query }: Call, scale: KubeObject): Answer {
  const shown = {
    ...resource,
    printer: printerOf("Scale"),
    present: (object: KubeObject) => object,
  };
  const context = { now: api.now };
  const body = presentObject(scale, shown, representation, context, includeObject(query));
  return { code: 200, body };
}
