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
/** Annotations that tell of what was done: the last of kubectl's, and a volume's binding, which is to be made anew. */
const DONE = [
  "kubectl.kubernetes.io/last-applied-configuration",
  "pv.kubernetes.io/bind-completed",
  "pv.kubernetes.io/bound-by-controller",
];
/** Labels with which the API server tells a Job's pods from others'. */
const OF_JOB = [
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
  "controller-uid",
  "job-name",
];
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
  const told = without(mapping(metadata["annotations"]), DONE);
  const spec = withoutFilled(object["kind"], mapping(object["spec"]));
  const isPod = object["kind"] === "Pod";
  const whole = isPod ? { ...told, ...annotations } : told;
  return {
    ...rest,
    metadata: {
      ...withoutLabels(without(metadata, ["annotations"]), object["kind"] === "Job"),
      ...(Object.keys(whole).length === 0 ? {} : { annotations: whole }),
    },
    ...(object["spec"] === undefined
      ? {}
      : { spec: isPod ? cleanPod(spec) : cleanTemplates(spec, annotations) }),
  } as unknown as Manifest;
}

/** A spec without what the API server chose for this object alone: a Job's selector, addresses, the uid of a volume's claim. */
function withoutFilled(kind: unknown, spec: Loose): Loose {
  switch (kind) {
    case "Job": {
      if (spec["manualSelector"] === true) return spec;
      const template = mapping(spec["template"]);
      const metadata = withoutLabels(mapping(template["metadata"]), true);
      return { ...without(spec, ["selector"]), template: { ...template, metadata } };
    }
    case "Service":
      return without(
        spec,
        spec["clusterIP"] === "None" ? [] : ["clusterIP", "clusterIPs", "healthCheckNodePort"],
      );
    case "PersistentVolume":
      return spec["claimRef"] === undefined
        ? spec
        : { ...spec, claimRef: without(mapping(spec["claimRef"]), ["uid", "resourceVersion"]) };
    default:
      return spec;
  }
}

function withoutLabels(metadata: Loose, ofJob: boolean): Loose {
  if (!ofJob || metadata["labels"] === undefined) return metadata;
  const labels = without(mapping(metadata["labels"]), OF_JOB);
  const rest = without(metadata, ["labels"]);
  return Object.keys(labels).length === 0 ? rest : { ...rest, labels };
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
