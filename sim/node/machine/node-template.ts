import type { NodeDevices } from "../../api/node-devices.ts";
import type { Manifest } from "../../api/object.ts";
import type { Node, Taint } from "../../api/types.gen.ts";

/** A node, or several alike, as a scenario writes them down. */
export interface NodeTemplate {
  /** `{i}` counts from 1; a name without it is used as it is for one node, and numbered for several. */
  readonly name?: string;
  readonly count?: number;
  /** cpu, memory, pods, ephemeral-storage and any extended resource; 4 CPU, 8Gi and 110 pods when absent. */
  readonly capacity?: Readonly<Record<string, string | number>>;
  /** What pods may use; all of the capacity when absent. */
  readonly allocatable?: Readonly<Record<string, string | number>>;
  /** Zones that the nodes are dealt to in turn. */
  readonly zones?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** Images that are on the node from the start. */
  readonly images?: readonly (string | { readonly name: string; readonly size?: number })[];
  /** Devices that its drivers report in ResourceSlices. */
  readonly devices?: readonly NodeDevices[];
  readonly unschedulable?: boolean;
}

/** One node as it is to be registered. */
export interface NodeSpecimen {
  readonly name: string;
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly taints: readonly Taint[] | undefined;
  readonly images: readonly { readonly name: string; readonly size: number }[];
  readonly devices: readonly NodeDevices[];
  readonly unschedulable: boolean;
}

const DEFAULT_CAPACITY = { cpu: "4", "ephemeral-storage": "100Gi", memory: "8Gi", pods: "110" };
const REGION = "region-1";
/** What an image weighs when nobody says. */
const DEFAULT_IMAGE_SIZE = 100 * 1024 * 1024;

/**
 * The nodes that a template stands for. Numbers go on from `first`; without it from the first that is free, so that
 * templates may share a name.
 */
export function expandTemplate(
  template: NodeTemplate,
  isTaken: (name: string) => boolean,
  given?: number,
): readonly NodeSpecimen[] {
  const count = template.count ?? 1;
  const pattern = template.name ?? "node-{i}";
  const numbered = pattern.includes("{i}") ? pattern : count === 1 ? pattern : `${pattern}-{i}`;
  let first = given ?? 1;
  if (given === undefined && numbered.includes("{i}"))
    while (isTaken(numbered.replaceAll("{i}", String(first)))) first++;
  const capacity = texts({ ...DEFAULT_CAPACITY, ...template.capacity });
  const allocatable = { ...capacity, ...texts(template.allocatable ?? {}) };
  const images = (template.images ?? []).map((image) =>
    typeof image === "string"
      ? { name: image, size: DEFAULT_IMAGE_SIZE }
      : { name: image.name, size: image.size ?? DEFAULT_IMAGE_SIZE },
  );
  return Array.from({ length: count }, (_, at) => {
    const name = numbered.replaceAll("{i}", String(first + at));
    const zone = template.zones?.[at % Math.max(template.zones.length, 1)];
    return {
      name,
      capacity,
      allocatable,
      labels: { ...standardLabels(name, zone), ...template.labels },
      annotations: template.annotations,
      taints: template.taints,
      images,
      devices: template.devices ?? [],
      unschedulable: template.unschedulable ?? false,
    };
  });
}

/** The Node object that a kubelet sends to register itself. */
export function nodeManifest(node: NodeSpecimen): Manifest<Node> {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: node.labels,
      ...(node.annotations === undefined ? {} : { annotations: node.annotations }),
    },
    spec: {
      ...(node.taints === undefined || node.taints.length === 0 ? {} : { taints: node.taints }),
      ...(node.unschedulable ? { unschedulable: true } : {}),
    },
  };
}

function standardLabels(name: string, zone: string | undefined): Readonly<Record<string, string>> {
  return {
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    ...(zone === undefined
      ? {}
      : { "topology.kubernetes.io/region": REGION, "topology.kubernetes.io/zone": zone }),
  };
}

function texts(given: Readonly<Record<string, string | number>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)]));
}
