import type {
  EndpointSlice,
  Endpoints,
  LimitRange,
  LimitRangeItem,
  Namespace,
  Node,
  ResourceQuota,
  Secret,
} from "../types.gen.ts";
import { encodeBase64 } from "./base64.ts";
import { fill, refine, refineEach } from "./fill.ts";
import { roundResources } from "./pod/resources.ts";

/** core/v1 `SetDefaults_Secret`, with `stringData` merged into `data` as its conversion does. */
export function defaultSecret(object: Secret): Secret {
  const typed = fill(object, { type: "Opaque" });
  if (typed.stringData === undefined) return typed;
  const { stringData, ...kept } = typed;
  const data: Record<string, string> = { ...kept.data };
  for (const key of Object.keys(stringData)) data[key] = encodeBase64(stringData[key] ?? "");
  return { ...kept, data };
}

/** core/v1 `SetDefaults_Namespace`: the name as a label. */
export function defaultNamespace(object: Namespace): Namespace {
  const { name, labels } = object.metadata;
  if (!name || labels?.["kubernetes.io/metadata.name"] === name) return object;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...labels, "kubernetes.io/metadata.name": name } },
  };
}

/** A new namespace is Active and held by the namespace controller's finalizer. */
export function prepareNamespaceCreate(object: Namespace): Namespace {
  const finalizers = object.spec?.finalizers ?? [];
  const held = finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"];
  return { ...object, spec: { finalizers: held }, status: { phase: "Active" } };
}

/** The finalizers of a namespace change through their own door alone. */
export function keepFinalizers(next: Namespace, before: Namespace): Namespace {
  const { spec: _, ...rest } = next;
  return before.spec === undefined ? rest : { ...rest, spec: before.spec };
}

/** A node's ranges in both of their fields; the older one rules where they differ. */
function withRanges(object: Node): Node {
  return refine(object, "spec", (spec) => {
    const { podCIDR, podCIDRs } = spec;
    const first = podCIDRs?.[0];
    if ((podCIDR || undefined) === first) return spec;
    return podCIDR ? { ...spec, podCIDRs: [podCIDR] } : { ...spec, podCIDR: first as string };
  });
}

/** core/v1 `SetDefaults_NodeStatus`: allocatable is the capacity where it is not said. */
export function defaultNode(object: Node): Node {
  return refine(withRanges(object), "status", (status) => {
    const next =
      status.capacity === undefined ? status : fill(status, { allocatable: status.capacity });
    return refine(refine(next, "capacity", roundResources), "allocatable", roundResources);
  });
}

/** core/v1 `SetDefaults_LimitRangeItem`: containers only. */
export function defaultLimitRange(object: LimitRange): LimitRange {
  return refine(object, "spec", (spec) =>
    refine(spec, "limits", (limits) => refineEach(limits, defaultLimits)),
  );
}

const BOUNDS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

function defaultLimits(item: LimitRangeItem): LimitRangeItem {
  let rounded = item;
  for (const bound of BOUNDS) rounded = refine(rounded, bound, roundResources);
  if (rounded.type !== "Container") return rounded;
  const limit = fill<Record<string, string>>(rounded.default ?? {}, rounded.max ?? {});
  const request = fill<Record<string, string>>(
    fill<Record<string, string>>(rounded.defaultRequest ?? {}, limit),
    rounded.min ?? {},
  );
  return {
    ...rounded,
    ...(Object.keys(limit).length > 0 ? { default: limit } : {}),
    ...(Object.keys(request).length > 0 ? { defaultRequest: request } : {}),
  };
}

/** core/v1 `SetDefaults_ResourceList` of what a quota allows and counts. */
export function defaultResourceQuota(object: ResourceQuota): ResourceQuota {
  const bounded = refine(object, "spec", (spec) => refine(spec, "hard", roundResources));
  return refine(bounded, "status", (status) =>
    refine(refine(status, "hard", roundResources), "used", roundResources),
  );
}

/** core/v1 `SetDefaults_Endpoints`. */
export function defaultEndpoints(object: Endpoints): Endpoints {
  return refine(object, "subsets", (subsets) =>
    refineEach(subsets, (subset) =>
      refine(subset, "ports", (ports) =>
        refineEach(ports, (port) => fill(port, { protocol: "TCP" })),
      ),
    ),
  );
}

/** discovery/v1 `SetDefaults_EndpointPort`: the name is empty rather than missing. */
export function defaultEndpointSlice(object: EndpointSlice): EndpointSlice {
  return refine(object, "ports", (ports) =>
    refineEach(ports, (port) => {
      const named = port.name === undefined ? { ...port, name: "" } : port;
      return fill(named, { protocol: "TCP" });
    }),
  );
}
