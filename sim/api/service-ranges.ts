import { findCondition } from "./meta/conditions.ts";
import { timestamp } from "./meta/time.ts";
import { standing } from "./standing/standing-object.ts";
import type { ServiceCIDR } from "./types.gen.ts";
import { type Network, readNetwork } from "./validation/network/address.ts";

/** Where Services get their addresses from: kube-apiserver's `--service-cluster-ip-range`. */
const SERVICE_RANGE = "10.0.0.0/16";
/** Keeps a range as long as Services have addresses of it. */
export const RANGE_FINALIZER = "networking.k8s.io/service-cidr-finalizer";
/** Label of IPAddresses that says who keeps them, and how the API server calls itself there. */
export const [MANAGED_BY, ALLOCATOR] = [
  "ipaddress.kubernetes.io/managed-by",
  "ipallocator.k8s.io",
] as const;

/** Says that addresses of a range are given away. */
export const READY = {
  type: "Ready",
  status: "True",
  reason: "",
  message: "Kubernetes Service CIDR is ready",
} as const;

/** The range that every cluster has. */
export const defaultRange: ServiceCIDR = standing<ServiceCIDR>({
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: "kubernetes", finalizers: [RANGE_FINALIZER] },
  spec: { cidrs: [SERVICE_RANGE] },
  status: { conditions: [{ ...READY, lastTransitionTime: timestamp(0) }] },
});

/** The ranges of a cluster: those that are stored, and the one that need not be. */
export function withDefaultRange(stored: Iterable<ServiceCIDR>): readonly ServiceCIDR[] {
  const ranges = [...stored];
  const { name } = defaultRange.metadata;
  return ranges.some(({ metadata }) => metadata.name === name) ? ranges : [defaultRange, ...ranges];
}

/** The networks of a range. */
export function networksOf({ spec }: ServiceCIDR): readonly Network[] {
  return (spec?.cidrs ?? []).flatMap((text) => readNetwork(text) ?? []);
}

/** Whether addresses of a range are given away. */
export function givesAddresses({ metadata, status }: ServiceCIDR): boolean {
  const ready = findCondition(status?.conditions, READY.type)?.status === READY.status;
  return ready && metadata.deletionTimestamp === undefined;
}
