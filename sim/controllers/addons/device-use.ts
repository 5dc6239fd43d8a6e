import type { Client } from "../../api/client.ts";
import { milliValue } from "../../api/meta/quantity.ts";
import type { CounterSet, Device, ResourceClaim, ResourceSlice } from "../../api/types.gen.ts";

/** A device as claims name it. */
function nameOf(spec: ResourceSlice["spec"], device: Device): string {
  return `${spec.driver}/${spec.pool.name}/${device.name}`;
}

/**
 * Share of a node's own devices that claims hold: of the pool of which it is the largest (autoscaler
 * `HighestDynamicResourceUtilization`). `undefined` for a node without devices, `unknown` while a pool is being updated.
 */
export function deviceUtilization(client: Client, node: string): number | undefined | "unknown" {
  const pools = new Map<string, ResourceSlice[]>();
  for (const slice of client.list("ResourceSlice") as Iterable<ResourceSlice>) {
    const { nodeName, driver, pool } = slice.spec;
    if (nodeName !== node) continue;
    const key = `${driver}/${pool.name}`;
    pools.set(key, [...(pools.get(key) ?? []), slice]);
  }
  if (pools.size === 0) return undefined;
  const held = heldDevices(client);
  let highest = 0;
  for (const slices of pools.values()) {
    const newest = Math.max(...slices.map(({ spec }) => spec.pool.generation));
    const current = slices.filter(({ spec }) => spec.pool.generation === newest);
    if (current.length !== current[0]?.spec.pool.resourceSliceCount) return "unknown";
    highest = Math.max(highest, poolUtilization(current, held));
  }
  return highest;
}

/** Devices that claims hold; who only administers one holds nothing. */
function heldDevices(client: Client): ReadonlySet<string> {
  const held = new Set<string>();
  for (const { status } of client.list("ResourceClaim") as Iterable<ResourceClaim>)
    for (const { adminAccess, driver, pool, device } of status?.allocation?.devices?.results ?? [])
      if (adminAccess !== true) held.add(`${driver}/${pool}/${device}`);
  return held;
}

/** Whole devices count each as one, partitions by the counters of the device that they are of. */
function poolUtilization(slices: readonly ResourceSlice[], held: ReadonlySet<string>): number {
  const devices = slices.flatMap(({ spec }) =>
    (spec.devices ?? []).map((device) => ({ device, isHeld: held.has(nameOf(spec, device)) })),
  );
  const isWhole = ({ device }: { readonly device: Device }): boolean =>
    (device.consumesCounters ?? []).length === 0;
  const whole = devices.filter(isWhole);
  const parts = devices.filter((one) => !isWhole(one));
  const taken = devices.filter(({ isHeld }) => isHeld);
  const ofWhole = whole.length === 0 ? 0 : taken.filter(isWhole).length / whole.length;
  if (taken.every(isWhole)) return ofWhole;
  const sets = new Set(
    parts.flatMap(({ device }) => device.consumesCounters ?? []).map((each) => each.counterSet),
  ).size;
  const counters = slices.flatMap(({ spec }) => spec.sharedCounters ?? []);
  const used = taken.filter((one) => !isWhole(one)).map(({ device }) => device);
  const ofParts = sum(counters.map((set) => counterUtilization(set, used))) / sets;
  if (!taken.some(isWhole)) return ofParts;
  return (ofParts * sets + ofWhole * whole.length) / (sets + whole.length);
}

/** Share of the counter of which most is taken. */
function counterUtilization({ name, counters }: CounterSet, used: readonly Device[]): number {
  const shares = Object.entries(counters).map(([counter, { value }]) => {
    const total = milliValue(value);
    const taken = used
      .flatMap(({ consumesCounters = [] }) => consumesCounters)
      .filter(({ counterSet }) => counterSet === name)
      .map((each) => milliValue(each.counters[counter]?.value ?? "0"));
    return total === 0 ? 0 : sum(taken) / total;
  });
  return Math.max(0, ...shares);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
