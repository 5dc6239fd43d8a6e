import fc from "fast-check";
import { expect } from "vitest";
import type { KubeObject } from "../../sim/api/object.ts";
import { encodeProtobuf } from "../../sim/api/protobuf/codec.ts";
import { PROTOBUF } from "../../sim/api/rest/media.ts";
import type { RestRequest } from "../../sim/api/rest/request.ts";
import { type BareApi, bareApi } from "./bare-api.ts";
import { definitions, policies } from "./fuzz-expressions.ts";

/* Requests that nobody should send. Whatever they are, the answer is well-formed and no 5xx but those upstream has. */

const METHODS = ["GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD", "BREW"];
const TYPES = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
  "text/plain",
  "",
  "application/json; charset=utf-8",
];
const WORDS = [
  "api",
  "apis",
  "v1",
  "apps",
  "batch",
  "policy",
  "namespaces",
  "default",
  "pods",
  "deployments",
  "services",
  "configmaps",
  "nodes",
  "jobs",
  "a",
  "web",
  "status",
  "scale",
  "eviction",
  "binding",
  "log",
  "exec",
  "finalize",
  "token",
  "proxy",
  "watch",
  "openapi",
  "v2",
  "v3",
  "version",
  "healthz",
  "..",
  ".",
  "",
  "%2e%2e",
  "%00",
  "%zz",
  "ü",
  "__proto__",
  "constructor",
  "toString",
];
const PARAMETERS = [
  "watch=1",
  "limit=1",
  "limit=-1",
  "limit=x",
  "continue=abc",
  "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0",
  "labelSelector=a%3Db",
  "labelSelector=a in (",
  "fieldSelector=metadata.name%3Da",
  "fieldSelector=spec.x",
  "resourceVersion=1",
  "resourceVersion=x",
  "resourceVersion=99999999999999999999",
  "resourceVersionMatch=Exact",
  "dryRun=All",
  "dryRun=x",
  "fieldValidation=Strict",
  "fieldManager=me",
  "force=true",
  "propagationPolicy=Orphan",
  "gracePeriodSeconds=0",
  "sendInitialEvents=true",
  "allowWatchBookmarks=true",
  "timeoutSeconds=1",
  "pretty=%",
];
const FIELDS = [
  "apiVersion",
  "kind",
  "metadata",
  "name",
  "namespace",
  "generateName",
  "labels",
  "finalizers",
  "ownerReferences",
  "resourceVersion",
  "uid",
  "deletionTimestamp",
  "managedFields",
  "spec",
  "status",
  "containers",
  "image",
  "replicas",
  "selector",
  "matchLabels",
  "template",
  "ports",
  "port",
  "resources",
  "requests",
  "cpu",
  "data",
  "op",
  "path",
  "value",
  "$patch",
  "$retainKeys",
  "$setElementOrder/containers",
  "__proto__",
  "target",
  "deleteOptions",
  "propagationPolicy",
];
const VALUES = [
  "v1",
  "apps/v1",
  "Pod",
  "Deployment",
  "ConfigMap",
  "a",
  "1",
  "",
  "100m",
  "delete",
  "replace",
  "/spec/replicas",
  "/metadata/labels/a",
  "2026-01-01T00:00:00Z",
];

const scalar = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 8 }),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", maxDepth: 6 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...FIELDS), tie("value")), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** A body that is nearly right: a real object with one part replaced. */
const nearly = fc
  .tuple(fc.constantFrom("metadata", "spec", "data", "status", "kind", "apiVersion"), json)
  .map(([field, value]) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "main", image: "x" }] },
      },
    },
    [field]: value,
  }));

/** Bytes of a real object in protobuf, one of them changed or the rest cut off. */
const nearlyMessage = fc
  .tuple(nearly, fc.nat(), fc.nat(255), fc.constantFrom("whole", "changed", "cut"))
  .map(([object, at, byte, how]) => {
    const bytes = messageOf(object);
    const place = at % bytes.length;
    if (how === "cut") return bytes.slice(0, place);
    return how === "whole" ? bytes : bytes.map((one, index) => (index === place ? byte : one));
  });

/** Objects of any shape cannot all be written: what the encoder refuses is left out. */
function messageOf(object: object): Uint8Array {
  try {
    return encodeProtobuf(object as Readonly<Record<string, unknown>>) ?? Uint8Array.from(MAGIC);
  } catch {
    return Uint8Array.from(MAGIC);
  }
}
const MAGIC = [0x6b, 0x38, 0x73, 0];

const body: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: nearlyMessage },
  { weight: 2, arbitrary: fc.oneof(policies, definitions).map((value) => JSON.stringify(value)) },
  { weight: 4, arbitrary: json.map((value) => JSON.stringify(value)) },
  { weight: 4, arbitrary: nearly.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: json.map((value) => JSON.stringify(value).slice(0, -1)) },
  { weight: 1, arbitrary: fc.string() },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => {
      const whole = new Uint8Array(bytes.length + 4);
      whole.set([0x6b, 0x38, 0x73, 0]);
      whole.set(bytes, 4);
      return whole;
    }),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

const knownPaths = [
  "/api/v1/namespaces/default/pods",
  "/api/v1/namespaces/default/pods/a",
  "/api/v1/namespaces/default/pods/a/status",
  "/api/v1/namespaces/default/pods/a/eviction",
  "/api/v1/namespaces/default/pods/a/binding",
  "/api/v1/namespaces/default/pods/a/resize",
  "/api/v1/namespaces/default/pods/a/ephemeralcontainers",
  "/api/v1/namespaces/default/configmaps",
  "/api/v1/namespaces/default/configmaps/a",
  "/api/v1/namespaces/default/services/a",
  "/api/v1/namespaces/default/services",
  "/apis/apps/v1/namespaces/default/deployments",
  "/apis/apps/v1/namespaces/default/deployments/web",
  "/apis/apps/v1/namespaces/default/deployments/web/scale",
  "/apis/apps/v1/namespaces/default/deployments/web/status",
  "/api/v1/namespaces/default/finalize",
  "/api/v1/namespaces",
  "/api/v1/nodes",
  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
  "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
  "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies",
  "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims",
  "/apis/x.y/v1/namespaces/default/things",
];

const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...knownPaths) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 8 })
      .map((words) => `/${words.join("/")}`),
  },
);

const PATCHES = TYPES.filter((type) => type.includes("patch"));

/** Method, path and type of requests that a door takes. */
const fitting: readonly (readonly [method: string, path: string, type: string])[] =
  knownPaths.flatMap((known): (readonly [string, string, string])[] => {
    const last = known.split("/").at(-1) ?? "";
    if (["eviction", "binding"].includes(last)) return [["POST", known, "application/json"]];
    if (last === "finalize") return [["PUT", known, "application/json"]];
    if (last.endsWith("s") && last !== "status")
      return ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"].map(
        (type) => ["POST", known, type] as const,
      );
    return [
      ["PUT", known, "application/json"],
      ["DELETE", known, "application/json"],
      ...PATCHES.map((type) => ["PATCH", known, type] as const),
    ];
  });

const door = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...fitting) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...METHODS), path, fc.constantFrom(...TYPES)),
  },
);

const anyRequest: fc.Arbitrary<RestRequest> = fc
  .record({
    door,
    query: fc.array(fc.constantFrom(...PARAMETERS), { maxLength: 2 }),
    accept: fc.constantFrom(
      "application/json",
      "*/*",
      "application/json, */*",
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
      "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
      "application/yaml",
      "application/vnd.kubernetes.protobuf",
      "application/vnd.kubernetes.protobuf, application/json",
      "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
      ";;=,",
    ),
    body,
  })
  .map(({ query, body: sent, accept, door: [method, at, contentType] }) => ({
    method,
    path: at,
    contentType,
    accept,
    query: query.join("&"),
    ...(sent === undefined ? {} : { body: sent }),
  }));

/** 5xx that upstream answers too: bad revisions, bad bindings, patches without merge keys, foreign fields applied. */
const KNOWN_FAILURES: readonly RegExp[] = [
  /^resourceVersion: Invalid value/,
  /^target\.(name|kind): /,
  /does not contain declared merge key/,
  /^resourceVersion should not be set on objects to be created/,
  /^failed to create typed patch object/,
  /more than one PodDisruptionBudget/,
  /^Timeout: Too large resource version/,
  /^(attach|exec|portforward|proxy) is not possible/,
  /^Internal error occurred: unable to upgrade connection: container not found/,
  /^Internal error occurred: failed calling webhook/,
  /^(map: |unable to|cannot|merging lists|unknown patch type|The order in patch list|expected|unrecognized|delete)/,
];

const ADMISSION = "admissionregistration.k8s.io/v1";

/** Something for requests to hit. */
function furnish({ api }: BareApi): void {
  for (const type of ["Validating", "Mutating"])
    api.create<KubeObject>(`${type}AdmissionPolicyBinding`, {
      apiVersion: ADMISSION,
      kind: `${type}AdmissionPolicyBinding`,
      metadata: { name: "any" },
      spec: { policyName: "any", validationActions: ["Deny", "Audit"] },
    } as never);
  const metadata = { name: "a", namespace: "default" };
  api.create("ServiceAccount", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { ...metadata, name: "default" },
  });
  api.create("ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata });
  const spec = { containers: [{ name: "main", image: "x" }] };
  const labels = { app: "web" };
  api.create<KubeObject>("Pod", { apiVersion: "v1", kind: "Pod", metadata, spec });
  api.create<KubeObject>("Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { ports: [{ port: 80 }] },
  });
  api.create<KubeObject>("Deployment", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...metadata, name: "web", finalizers: ["x.y/stay"] },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
}

/** Sends requests to one server, one after the other; answers how many. */
export function fuzz(count: number, seed: number): number {
  const bare = bareApi("fuzz");
  furnish(bare);
  const codes = new Map<number, number>();
  fc.assert(
    fc.property(anyRequest, (request) => {
      const { code, body: answer, contentType, watch } = bare.rest.handle(request);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      expect(code).toBeGreaterThanOrEqual(200);
      watch?.pull(bare.engine.now, 10);
      if (contentType === PROTOBUF) expect(encodeProtobuf(answer as never)).toBeDefined();
      else if (typeof answer !== "string") JSON.stringify(answer);
      expect(contentType).not.toBe("");
      if (code < 500) return;
      const { message = "" } = answer as { message?: string };
      expect(
        KNOWN_FAILURES.some((known) => known.test(message)),
        `${code}: ${message}`,
      ).toBe(true);
    }),
    { numRuns: count, seed, endOnFailure: true },
  );
  console.log(`fuzz: ${[...codes].sort(([a], [b]) => a - b).join("  ")}`);
  return count;
}
