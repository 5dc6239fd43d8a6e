import type { Manifest } from "../../api/object.ts";

type Loose = Readonly<Record<string, unknown>>;

/** What a running cluster writes into metadata, and a manifest does not have. */
const WRITTEN = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
  "ownerReferences",
  "finalizers",
];
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** What the control plane fills in of a pod and will fill in again. */
const FILLED = ["nodeName", "serviceAccount", "serviceAccountName", "priority", "hostname"];

/**
 * An object of a running cluster as the manifest that it may have come from: without status, identity, owners, and
 * what admission and the scheduler filled into pods.
 */
export function cleanObject(
  object: Loose,
  annotations: Readonly<Record<string, string>> = {},
): Manifest {
  const { status: _, ...rest } = object;
  const metadata = without(mapping(object["metadata"]), WRITTEN);
  const { [LAST_APPLIED]: __, ...told } = mapping(metadata["annotations"]);
  const spec = mapping(object["spec"]);
  const isPod = object["kind"] === "Pod";
  const whole = isPod ? { ...told, ...annotations } : told;
  return {
    ...rest,
    metadata: {
      ...without(metadata, ["annotations"]),
      ...(Object.keys(whole).length === 0 ? {} : { annotations: whole }),
    },
    ...(object["spec"] === undefined
      ? {}
      : { spec: isPod ? cleanPod(spec) : cleanTemplates(spec, annotations) }),
  } as unknown as Manifest;
}

/** Cleans the pod templates of a workload, wherever they are nested: `template`, `jobTemplate.spec.template`. */
function cleanTemplates(spec: Loose, annotations: Readonly<Record<string, string>>): Loose {
  const job = mapping(spec["jobTemplate"]);
  if (spec["jobTemplate"] !== undefined)
    return {
      ...spec,
      jobTemplate: { ...job, spec: cleanTemplates(mapping(job["spec"]), annotations) },
    };
  if (spec["template"] === undefined) return spec;
  const template = mapping(spec["template"]);
  const metadata = without(mapping(template["metadata"]), WRITTEN);
  const told = { ...mapping(metadata["annotations"]), ...annotations };
  return {
    ...spec,
    template: {
      ...template,
      metadata: { ...metadata, ...(Object.keys(told).length === 0 ? {} : { annotations: told }) },
      spec: cleanPod(mapping(template["spec"])),
    },
  };
}

/** The token volume of a pod is made by admission, as are its mounts. */
function cleanPod(spec: Loose): Loose {
  const isToken = (item: unknown): boolean =>
    /^(kube-api-access-|default-token-)/.test(String(mapping(item)["name"]));
  const list = (key: string, of: Loose): Loose =>
    Array.isArray(of[key]) ? { [key]: of[key].filter((item) => !isToken(item)) } : {};
  const containers = (key: string): Loose =>
    Array.isArray(spec[key])
      ? {
          [key]: spec[key].map((item: unknown) => ({
            ...mapping(item),
            ...list("volumeMounts", mapping(item)),
          })),
        }
      : {};
  return {
    ...without(spec, FILLED),
    ...list("volumes", spec),
    ...containers("initContainers"),
    ...containers("containers"),
  };
}

const OPTIONAL = new Set([
  "configMap",
  "secret",
  "configMapRef",
  "secretRef",
  "configMapKeyRef",
  "secretKeyRef",
]);

/** A manifest whose pods start without what a trace does not hold: configuration is optional, claims are empty folders. */
export function withoutOutside(manifest: Manifest): Manifest {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== "object") return value;
    const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
      if (key === "priorityClassName") return [];
      if (key === "persistentVolumeClaim") return [["emptyDir", {}]];
      return [[key, OPTIONAL.has(key) ? { ...mapping(item), optional: true } : walk(item)]];
    });
    return Object.fromEntries(entries);
  };
  return walk(manifest) as Manifest;
}

function mapping(value: unknown): Loose {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as Loose)
    : {};
}

function without(value: Loose, keys: readonly string[]): Loose {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
