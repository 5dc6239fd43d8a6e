import type { Device, Node, ResourceSlice } from "../../../api/types.gen.ts";
import { nodeSelectorTest } from "../../framework/node-selector.ts";

/** A device that a node can use, with where it comes from. */
export interface OfferedDevice {
  /** `driver/pool/device`: its identity in the cluster. */
  readonly id: string;
  readonly driver: string;
  readonly pool: string;
  readonly device: Device;
  readonly slice: ResourceSlice;
  /** What says which nodes can use it: its slice, or itself. */
  readonly where: Reach;
}

/** What a driver offers under one name. */
interface Pool {
  /** `driver/pool` */
  readonly id: string;
  /** Those of the latest generation, those with binding conditions last. */
  readonly slices: readonly ResourceSlice[];
  /** Why no device of it can be had. */
  readonly trouble: "being updated" | "invalid" | undefined;
}

/** The pools by driver and name; those with binding conditions come after all others (`GatherPools`). */
function gathered(slices: readonly ResourceSlice[]): readonly Pool[] {
  const pools = new Map<string, ResourceSlice[]>();
  for (const slice of slices) {
    const { driver, pool } = slice.spec;
    const key = `${driver}/${pool.name}`;
    const known = pools.get(key);
    const generation = known?.[0]?.spec.pool.generation;
    if (known === undefined || generation === undefined || generation < pool.generation)
      pools.set(key, [slice]);
    else if (generation === pool.generation) known.push(slice);
  }
  const plainFirst = <T>(items: readonly T[], of: (item: T) => readonly ResourceSlice[]): T[] => [
    ...items.filter((item) => !of(item).some(hasConditions)),
    ...items.filter((item) => of(item).some(hasConditions)),
  ];
  const all = [...pools.keys()].sort().map((id): Pool => {
    const found = pools.get(id) ?? [];
    const isComplete = found.length >= (found[0]?.spec.pool.resourceSliceCount ?? 0);
    const trouble = isComplete ? (isValid(found) ? undefined : "invalid") : "being updated";
    return { id, slices: plainFirst(found, (slice) => [slice]), trouble };
  });
  return plainFirst(all, (pool) => pool.slices);
}

function hasConditions({ spec }: ResourceSlice): boolean {
  return (spec.devices ?? []).some(({ bindingConditions }) => bindingConditions !== undefined);
}

/** Whether the pool's devices have names of their own and counters that there are. */
function isValid(slices: readonly ResourceSlice[]): boolean {
  const devices = slices.flatMap(({ spec }) => spec.devices ?? []);
  const sets = slices.flatMap(({ spec }) => spec.sharedCounters ?? []);
  const counters = new Map(sets.map((set) => [set.name, set.counters]));
  return (
    new Set(devices.map(({ name }) => name)).size === devices.length &&
    counters.size === sets.length &&
    devices.every(({ consumesCounters = [] }) =>
      consumesCounters.every(({ counterSet, counters: used }) => {
        const there = counters.get(counterSet);
        return there !== undefined && Object.keys(used).every((name) => there[name] !== undefined);
      }),
    )
  );
}

type Reach = Pick<ResourceSlice["spec"], "nodeName" | "nodeSelector" | "allNodes">;

function reaches(where: Reach, node: Node): boolean {
  if (where.nodeName !== undefined && where.nodeName !== "")
    return where.nodeName === node.metadata.name;
  if (where.nodeSelector !== undefined) return nodeSelectorTest(where.nodeSelector)(node);
  return where.allNodes === true;
}

const poolsOf = new WeakMap<readonly ResourceSlice[], readonly Pool[]>();

/** Pools that are of use to a node, or were if there was no trouble with them. */
export interface NodePools {
  /** In the order of driver, pool, slice and device; those that must be made ready first come last. */
  readonly devices: readonly OfferedDevice[];
  readonly troubled: readonly Pick<Pool, "id" | "trouble">[];
}

/** The pools with devices that a node can use. `slices` must be one list per state. */
export function poolsFor(node: Node, slices: readonly ResourceSlice[]): NodePools {
  let pools = poolsOf.get(slices);
  if (pools === undefined) {
    pools = gathered(slices);
    poolsOf.set(slices, pools);
  }
  const isHere = ({ spec }: ResourceSlice): boolean =>
    spec.perDeviceNodeSelection === true
      ? (spec.devices ?? []).some((device) => reaches(device, node))
      : reaches(spec, node);
  return {
    devices: pools.flatMap((pool) =>
      pool.trouble === undefined ? devicesOn(node, pool.slices) : [],
    ),
    troubled: pools.filter((pool) => pool.trouble !== undefined && pool.slices.some(isHere)),
  };
}

/** The devices of these slices that a node can use, whether their pools are complete or not. */
export function devicesOn(node: Node, slices: readonly ResourceSlice[]): readonly OfferedDevice[] {
  const offered: OfferedDevice[] = [];
  for (const slice of slices) {
    const { spec } = slice;
    if (spec.perDeviceNodeSelection !== true && !reaches(spec, node)) continue;
    for (const device of spec.devices ?? []) {
      const where = spec.perDeviceNodeSelection === true ? device : spec;
      if (!reaches(where, node)) continue;
      offered.push({
        id: `${spec.driver}/${spec.pool.name}/${device.name}`,
        driver: spec.driver,
        pool: spec.pool.name,
        device,
        slice,
        where,
      });
    }
  }
  return offered;
}
