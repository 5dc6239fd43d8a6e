import type { User } from "../admission/plugin.ts";
import { ApiError, badRequest, invalid, notAllowedNow, type Status } from "../api-error.ts";
import { isTerminating } from "../definition-naming.ts";
import { apiVersionOf, type KindDescriptor } from "../kinds/descriptor.ts";
import { type KubeObject, makeKey } from "../object.ts";
import type { CustomResourceDefinition } from "../types.gen.ts";
import { invalidValue } from "../validation/field-error.ts";
import { readObject } from "./body.ts";
import { type Answer, type Call, includeObject } from "./context.ts";
import { guardsOf } from "./guards.ts";
import { trackWrite } from "./managed.ts";
import {
  type DeleteQuery,
  readDeleteOptions,
  readListOptions,
  readWriteOptions,
} from "./options.ts";
import type { PatchDoor } from "./patch-door.ts";
import { presentList, presentObject } from "./present.ts";
import { userInfo } from "./reviews.ts";

/** Dresses a written object as the client wants it. */
export function answerObject(call: Call, object: KubeObject, code = 200): Answer {
  const { resource, representation, api, query } = call;
  const context = { now: api.now };
  const body = presentObject(object, resource, representation, context, includeObject(query));
  return { code, body };
}

/** The kind a request's body is to be of: that of its resource. */
export function bodyTarget({ resource }: Pick<Call, "resource">) {
  const { descriptor, group, version, type } = resource;
  return { kind: descriptor.kind, group, version, type, resource };
}

/** POST: creates the object of the body. */
export function createObject(call: Call): Answer {
  const { request, query, resource, target, api, warnings, user } = call;
  if (resource.custom !== undefined) refuseWhileEnding(call);
  const options = readWriteOptions(query, "CreateOptions");
  const sent = readObject(request, bodyTarget(call), options.validation, warnings);
  const placed = inNamespace(sent, resource.descriptor, target.namespace);
  const { kind } = resource;
  const created = api.create(kind, withRequester(placed, user), {
    user,
    dryRun: options.dryRun,
    warnings,
    served: resource.apiVersion,
    track: trackWrite(call),
    ...guardsOf(call),
  });
  return answerObject(call, created, 201);
}

/** What a definition describes is not made any more once it is being deleted. */
function refuseWhileEnding({ api, resource }: Call): void {
  const { plural, group } = resource.descriptor;
  const definition = api.store.get("CustomResourceDefinition", `${plural}.${group}`);
  if (definition === undefined || !isTerminating(definition as CustomResourceDefinition)) return;
  const why = "create not allowed while custom resource definition is terminating";
  throw notAllowedNow(resource.descriptor, why);
}

/** A request for a certificate says who made it, whatever its sender wrote there. */
function withRequester(object: KubeObject, user: User): KubeObject {
  const { kind, apiVersion } = object;
  if (kind !== "CertificateSigningRequest" || !apiVersion.startsWith("certificates.k8s.io/"))
    return object;
  const {
    username: _,
    uid: __,
    groups: ___,
    extra: ____,
    ...spec
  } = (object.spec ?? {}) as Readonly<Record<string, unknown>>;
  return { ...object, spec: { ...spec, ...userInfo(user) } };
}

/** The object in the namespace of its path. Throws 400 when it says another. */
export function inNamespace(
  object: KubeObject,
  { namespaced }: KindDescriptor,
  namespace: string | undefined,
): KubeObject {
  const { metadata } = object;
  const own = metadata.namespace ?? "";
  if (!namespaced) {
    if (own === "") return object;
    const { namespace: _dropped, ...rest } = metadata;
    return { ...object, metadata: rest };
  }
  if (own === namespace) return object;
  if (own !== "") {
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  return namespace === undefined ? object : { ...object, metadata: { ...metadata, namespace } };
}

/** Kinds that a PUT creates when they are not there. */
const createdByUpdate: readonly string[] = [
  "Service",
  "Endpoints",
  "Event",
  "LimitRange",
  "Lease",
  "Role",
  "ClusterRole",
  "RoleBinding",
  "ClusterRoleBinding",
];

/** PUT: replaces an object, or its status through the status door. */
export function updateObject(call: Call, door?: PatchDoor): Answer {
  const { request, query, resource, target, api, warnings, user } = call;
  const options = readWriteOptions(query, "UpdateOptions");
  const sent = readObject(request, bodyTarget(call), options.validation, warnings);
  const placed = inNamespace(sent, resource.descriptor, target.namespace);
  checkName(placed, target.name ?? "", target.namespace);
  const write = {
    user,
    dryRun: options.dryRun,
    warnings,
    served: resource.apiVersion,
    standing: call.standing,
    track: trackWrite(call, door?.subresource),
    ...guardsOf(call),
    ...(door === undefined ? {} : { subresource: door.subresource }),
    ...(door?.rule === undefined ? {} : { door: door.rule }),
  };
  const { kind, descriptor } = resource;
  const key = makeKey(descriptor.namespaced ? target.namespace : undefined, target.name ?? "");
  const live = api.store.get(kind, key) ?? call.standing;
  if (live === undefined && createdByUpdate.includes(kind)) {
    return answerObject(call, api.create(kind, placed, write), 201);
  }
  if (live !== undefined) checkConditional(call, sent);
  return answerObject(call, api.update(kind, placed, write));
}

/** Refuses an update that names another object than its path. */
export function checkName(object: KubeObject, name: string, namespace: string | undefined): void {
  const { metadata } = object;
  const own = metadata.name ?? "";
  if (own === "") {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (own !== name) {
    throw badRequest(
      `the name of the object (${own}) does not match the name on the URL (${name})`,
    );
  }
  const given = metadata.namespace ?? "";
  if (namespace !== undefined && given !== "" && given !== namespace) {
    throw badRequest(
      `the namespace of the object (${given}) does not match the namespace on the request (${namespace})`,
    );
  }
}

function checkConditional({ resource }: Call, sent: KubeObject): void {
  const { descriptor } = resource;
  const given = sent.metadata.resourceVersion ?? "";
  if ((given !== "" && given !== "0") || descriptor.unconditionalUpdate) return;
  const names = { group: descriptor.group, kind: descriptor.plural };
  throw invalid(names, sent.metadata.name, [
    invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
  ]);
}

/** Kinds whose deletion answers the object itself. */
const answeredWhole: readonly string[] = [
  "CSIDriver",
  "CSINode",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Pod",
  "PodTemplate",
  "ResourceQuota",
  "Service",
  "ServiceAccount",
  "StorageClass",
  "VolumeAttachment",
];

/** DELETE of one object. */
export function deleteObject(call: Call): Answer {
  const { request, query, resource, target, api, warnings, user } = call;
  const options = readDeleteOptions(request, query);
  const { kind, descriptor } = resource;
  const key = makeKey(descriptor.namespaced ? target.namespace : undefined, target.name ?? "");
  warnOfDefaultPolicy(kind, options, warnings);
  const { object, gone } = api.delete(kind, key, {
    ...withDefaultPolicy(kind, api.store.get(kind, key), options),
    user,
    warnings,
    standing: call.standing,
  });
  if (gone && !answeredWhole.includes(kind)) return { code: 200, body: deleted(object, call) };
  return answerObject(call, object);
}

/**
 * Jobs and ReplicationControllers leave their dependants behind unless told otherwise, a habit of old clients: by the
 * request, or by the finalizer that an earlier one left.
 */
function withDefaultPolicy(
  kind: string,
  object: KubeObject | undefined,
  options: DeleteQuery,
): DeleteQuery {
  if (options.propagationPolicy !== undefined) return options;
  if (kind !== "Job" && kind !== "ReplicationController") return options;
  if (object?.metadata.finalizers?.includes("foregroundDeletion") === true) return options;
  return { ...options, propagationPolicy: "Orphan" };
}

function warnOfDefaultPolicy(kind: string, options: DeleteQuery, warnings: string[]): void {
  if (kind !== "Job" || options.propagationPolicy !== undefined) return;
  warnings.push(
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  );
}

function deleted({ metadata }: KubeObject, { resource }: Call): Status {
  const { group, plural } = resource.descriptor;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: metadata.name,
      ...(group === "" ? {} : { group }),
      kind: plural,
      uid: metadata.uid,
    },
  };
}

/** DELETE of a collection: everything that the selectors let through; answers what was there. */
export function deleteCollection(call: Call): Answer {
  const { request, query, resource, target, api, reader, warnings, user, representation } = call;
  const options = readDeleteOptions(request, query);
  const listed = reader.list(resource, target.namespace, readListOptions(query));
  warnOfDefaultPolicy(resource.kind, options, warnings);
  const objects: KubeObject[] = [];
  for (const object of listed.objects) {
    const key = makeKey(object.metadata.namespace, object.metadata.name);
    try {
      const { object: last } = api.delete(resource.kind, key, {
        ...withDefaultPolicy(resource.kind, object, options),
        user,
        warnings,
      });
      objects.push(last);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }
  const context = { now: api.now };
  const include = includeObject(query);
  const metadata = { resourceVersion: String(api.store.revision) };
  return {
    code: 200,
    body: presentList(objects, resource, metadata, representation, context, include),
  };
}

/** apiVersion and kind of a resource's objects in the served version. */
export function typeOf({ resource }: Pick<Call, "resource">) {
  return { apiVersion: apiVersionOf(resource), kind: resource.descriptor.kind };
}
