import { X509Certificate } from "node:crypto";
import type { Cluster } from "../../../sim/cluster.ts";

/** Kinds that are observations or heartbeats, not state. */
const LEFT_OUT = new Set(["Event", "Lease", "CSINode"]);
/** Facts that differ between two equal clusters: identities, times, addresses, where a pod happened to land. */
const VOLATILE =
  /^(uid|resourceVersion|generation|observedGeneration|selfLink|managedFields|nodeName|hostIPs?|podIPs?|addresses|targetRef|clusterIPs?|nodePort|containerID|startedAt|finishedAt|lastTriggeredAt|timeAdded|volumeHandle|volumeName|volumesAttached|deletionGracePeriodSeconds|images|endpoints\.kubernetes\.io\/last-change-trigger-time)$|Time(stamp)?$/;
const GENERATED = /-[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])/g;
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** A cluster's state without what differs between two equal ones: sorted lines, one an object. */
export function canonicalState(cluster: Cluster): string[] {
  const lines: string[] = [];
  for (const kind of cluster.store.kinds()) {
    if (LEFT_OUT.has(kind)) continue;
    for (const object of cluster.store.objects(kind).values()) {
      const deleting = object.metadata.deletionTimestamp !== undefined;
      lines.push(`${kind} ${JSON.stringify(canonical({ ...object, deleting }))}`);
    }
  }
  return lines.sort();
}

function canonical(value: unknown): unknown {
  if (typeof value === "string")
    return value.replace(UID, "<uid>").replace(INSTANT, "<time>").replace(GENERATED, "-*");
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, item]) => !VOLATILE.test(key) && item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const kept = entries.map(([key, item]) => {
    const fact = key === "certificate" ? certificateFacts(String(item)) : canonical(item);
    return [canonical(key), fact] as const;
  });
  // What was emptied and what never was are the same.
  return Object.fromEntries(kept.filter(([, item]) => JSON.stringify(item) !== "{}"));
}

/** What a certificate says but for its times, and the signature with them. */
function certificateFacts(base64: string): string {
  if (base64 === "") return "";
  const { issuer, keyUsage, serialNumber, subject } = new X509Certificate(
    Buffer.from(base64, "base64"),
  );
  return [issuer, subject, serialNumber, ...(keyUsage ?? [])].join(" ");
}
