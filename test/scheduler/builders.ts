import type { Node, Pod, Taint } from "../../sim/api/types.gen.ts";

/** What a test says of a pod. */
export interface PodWish {
  readonly cpu?: string;
  readonly memory?: string;
  readonly requests?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly priority?: number;
  readonly hostPort?: number;
  readonly image?: string;
  readonly node?: string;
  readonly startSecond?: number;
  readonly spec?: Partial<Pod["spec"]>;
}

/** A pod with one container. */
export function pod(name: string, wish: PodWish = {}): Pod {
  const requests = {
    ...(wish.cpu === undefined ? {} : { cpu: wish.cpu }),
    ...(wish.memory === undefined ? {} : { memory: wish.memory }),
    ...wish.requests,
  };
  const ports =
    wish.hostPort === undefined ? [] : [{ containerPort: wish.hostPort, hostPort: wish.hostPort }];
  const second = String(wish.startSecond ?? 0).padStart(2, "0");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: wish.namespace ?? "default",
      uid: `uid-${name}`,
      ...(wish.labels === undefined ? {} : { labels: wish.labels }),
    },
    spec: {
      containers: [{ name: "app", image: wish.image ?? "app", resources: { requests }, ports }],
      priority: wish.priority ?? 0,
      ...(wish.node === undefined ? {} : { nodeName: wish.node }),
      ...wish.spec,
    },
    status: { startTime: `2026-01-01T00:00:${second}Z` },
  } as unknown as Pod;
}

/** What a test says of a node. */
export interface NodeWish {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly unschedulable?: boolean;
  /** Image name (with tag `latest`) to bytes. */
  readonly images?: Readonly<Record<string, number>>;
  readonly features?: readonly string[];
}

/** A node of 4 CPUs and 8 GiB unless said otherwise. */
export function node(name: string, wish: NodeWish = {}): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: wish.labels ?? { "kubernetes.io/hostname": name } },
    spec: {
      ...(wish.taints === undefined ? {} : { taints: wish.taints }),
      ...(wish.unschedulable === undefined ? {} : { unschedulable: wish.unschedulable }),
    },
    status: {
      allocatable: {
        cpu: wish.cpu ?? "4",
        memory: wish.memory ?? "8Gi",
        pods: wish.pods ?? "110",
        ...wish.allocatable,
      },
      images: Object.entries(wish.images ?? {}).map(([image, sizeBytes]) => ({
        names: [`${image}:latest`],
        sizeBytes,
      })),
      ...(wish.features === undefined ? {} : { declaredFeatures: wish.features }),
    },
  } as unknown as Node;
}
