import type { Client } from "../api/client.ts";
import { findCondition, withCondition } from "../api/meta/conditions.ts";
import { withFinalizer, withoutFinalizer } from "../api/meta/finalizers.ts";
import { parseTimestamp } from "../api/meta/time.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import {
  ALLOCATOR,
  MANAGED_BY,
  networksOf,
  RANGE_FINALIZER,
  READY,
  withDefaultRange,
} from "../api/service-ranges.ts";
import type { IPAddress, Service, ServiceCIDR } from "../api/types.gen.ts";
import { hasHost, isInside, type Network, readAddress } from "../api/validation/network/address.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import type { Controller } from "./runtime/controller.ts";
import { DEFAULT_RETRY } from "./runtime/work-queue.ts";

/** How long a range that nobody needs any more is kept, until all API servers know that it goes. */
const GRACE: Micros = 10 * SECOND;

const ORPHANS = {
  type: READY.type,
  status: "False",
  reason: "Terminating",
  message:
    "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
} as const;

/** Says which ServiceCIDRs are ready, and keeps one that is deleted as long as addresses would be left without. */
export function serviceCidrController(): Controller {
  return {
    name: "service-cidr-controller",
    for: "ServiceCIDR",
    watches: [
      // Where one comes, others may go.
      {
        kind: "ServiceCIDR",
        keys: (after, before, client) =>
          before === undefined ? overlapping(client, after as ServiceCIDR) : NONE,
      },
      // An address of a Service is an IPAddress, stored or not.
      {
        kind: "Service",
        parts: Part.spec,
        keys: (after, before, client) =>
          around(client, [...addressesOf(before), ...addressesOf(after)]),
      },
      {
        kind: "IPAddress",
        keys: (after, before, client) =>
          after === undefined || before === undefined
            ? around(client, managed([(after ?? before) as IPAddress]))
            : NONE,
      },
    ],
    retry: { ...DEFAULT_RETRY, most: 15 },
    reconcile(key, { client, now }) {
      const range = client.get("ServiceCIDR", key);
      if (range === undefined) return undefined;
      const deleted = parseTimestamp(range.metadata.deletionTimestamp);
      if (deleted === undefined) {
        const held = withFinalizer(range, RANGE_FINALIZER);
        write(client, held === range ? range : client.update("ServiceCIDR", held), READY, now);
        return undefined;
      }
      if (isNeeded(client, range)) {
        write(client, range, ORPHANS, now);
        return undefined;
      }
      const wait = deleted + GRACE - now;
      if (wait > 0) return { requeueAfter: wait };
      client.update("ServiceCIDR", withoutFinalizer(range, RANGE_FINALIZER));
      return undefined;
    },
  };
}

const NONE: readonly Key[] = [];

function write(
  client: Client,
  range: ServiceCIDR,
  condition: typeof READY | typeof ORPHANS,
  now: Micros,
): void {
  const before = range.status?.conditions ?? [];
  const old = findCondition(before, condition.type);
  if (old?.status === condition.status && old.reason === condition.reason) return;
  const conditions = withCondition(before, condition, now);
  client.updateStatus("ServiceCIDR", { ...range, status: { ...range.status, conditions } });
}

/** Stored ranges that have addresses in common with one. */
function overlapping(client: Client, range: ServiceCIDR): readonly Key[] {
  const networks = networksOf(range);
  const meets = (other: ServiceCIDR): boolean =>
    networksOf(other).some((one) =>
      networks.some((network) => isInside(one, network) || isInside(network, one)),
    );
  return [...client.list("ServiceCIDR")].filter(meets).map(keyOf);
}

/** Stored ranges that some addresses are of. */
function around(client: Client, addresses: readonly string[]): readonly Key[] {
  const ranges = [...client.list("ServiceCIDR")];
  if (ranges.length === 0) return NONE;
  return ranges.filter((range) => addresses.some((text) => isOf(text, range))).map(keyOf);
}

function isOf(text: string, range: ServiceCIDR): boolean {
  const address = readAddress(text);
  return address !== undefined && networksOf(range).some((network) => hasHost(network, address));
}

function addressesOf(service: KubeObject | undefined): readonly string[] {
  return (service as Service | undefined)?.spec?.clusterIPs ?? [];
}

/** Addresses that the API server keeps; others are nobody's business. */
function managed(addresses: readonly IPAddress[]): readonly string[] {
  return addresses
    .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === ALLOCATOR)
    .map(({ metadata }) => metadata.name);
}

/** Whether addresses that are in use are of this range alone (upstream `canDeleteCIDR`). */
function isNeeded(client: Client, range: ServiceCIDR): boolean {
  const others = withDefaultRange(client.list("ServiceCIDR")).filter(
    ({ metadata }) => metadata.name !== range.metadata.name,
  );
  const hasParent = (network: Network): boolean =>
    others.some((other) => networksOf(other).some((one) => isInside(network, one)));
  if (networksOf(range).every(hasParent)) return false;
  const inUse = [
    ...[...client.list("Service")].flatMap(addressesOf),
    ...managed([...client.list("IPAddress")]),
  ];
  return inUse.some((text) => isOf(text, range) && !others.some((other) => isOf(text, other)));
}
