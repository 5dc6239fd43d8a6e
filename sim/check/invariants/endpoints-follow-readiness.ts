import { labelsInclude } from "../../api/meta/selector.ts";
import type { EndpointSlice, Pod, Service } from "../../api/types.gen.ts";
import { MINUTE, type Micros } from "../../engine/time.ts";
import type { Invariant } from "../invariant.ts";
import { isReady } from "../pod-facts.ts";

/** Endpoints may lag; what did not change for this long must have arrived. */
const SETTLED: Micros = MINUTE;

/** Once nothing has changed for a while, a Service's endpoints are its ready pods. */
export const endpointsFollowReadiness: Invariant = {
  name: "endpoints-follow-readiness",
  number: 41,
  description:
    "At the end of a quiet run a Service's ready endpoints are the ready pods it selects.",
  watch: () => {
    const services = new Map<string, Service>();
    const pods = new Map<string, Pod>();
    const slices = new Map<string, EndpointSlice>();
    const maps: Readonly<Record<string, Map<string, unknown>>> = {
      Service: services,
      Pod: pods,
      EndpointSlice: slices,
    };
    let changed: Micros = 0;
    let now: Micros = 0;
    return {
      take: (entry) => {
        now = Math.max(now, entry.time);
        if (entry.kind !== "change") return undefined;
        const map = maps[entry.collection];
        if (map === undefined) return undefined;
        changed = entry.time;
        if (entry.after === undefined) map.delete(entry.key);
        else map.set(entry.key, entry.after);
        return undefined;
      },
      finish: () => {
        if (now - changed < SETTLED) return undefined;
        for (const [key, service] of services) {
          const wrong = judge(key, service, pods, slices);
          if (wrong !== undefined) return wrong;
        }
        return undefined;
      },
    };
  },
};

function judge(
  key: string,
  { spec, metadata }: Service,
  pods: ReadonlyMap<string, Pod>,
  slices: ReadonlyMap<string, EndpointSlice>,
): string | undefined {
  const selector = spec?.selector as Readonly<Record<string, string>> | undefined;
  if (selector === undefined || spec?.publishNotReadyAddresses === true) return undefined;
  // Such a Service is a name of somebody else's: what it selects does not matter.
  if (spec?.type === "ExternalName") return undefined;
  const ready: string[] = [];
  for (const pod of pods.values()) {
    const { namespace, labels, deletionTimestamp } = pod.metadata;
    if (
      namespace === metadata.namespace &&
      labelsInclude(labels, selector) &&
      deletionTimestamp === undefined &&
      isReady(pod) &&
      pod.status?.podIP !== undefined
    )
      ready.push(pod.status.podIP);
  }
  const listed: string[] = [];
  for (const { metadata: meta, endpoints } of slices.values()) {
    if (
      meta.namespace !== metadata.namespace ||
      meta.labels?.["kubernetes.io/service-name"] !== metadata.name
    )
      continue;
    for (const { addresses, conditions } of endpoints ?? [])
      if (conditions?.ready !== false) listed.push(...addresses);
  }
  const [want, have] = [ready.sort().join(" "), [...new Set(listed)].sort().join(" ")];
  return want === have
    ? undefined
    : `service ${key}: its endpoints are ${have || "none"}, its ready pods ${want || "none"}`;
}
