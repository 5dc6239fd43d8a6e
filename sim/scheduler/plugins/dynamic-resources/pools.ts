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
  /** It is on this node only. */
  readonly local: boolean;
}

/** Latest slices of each pool, by driver and pool; pools that are being updated are left out. */
function completePools(slices: readonly ResourceSlice[]): readonly (readonly ResourceSlice[])[] {
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
  return [...pools.keys()]
    .sort()
    .map((key) => pools.get(key) ?? [])
    .filter((found) => found.length >= (found[0]?.spec.pool.resourceSliceCount ?? 0));
}

function reaches(
  where: Pick<ResourceSlice["spec"], "nodeName" | "nodeSelector" | "allNodes">,
  node: Node,
): boolean {
  if (where.nodeName !== undefined && where.nodeName !== "")
    return where.nodeName === node.metadata.name;
  if (where.nodeSelector !== undefined) return nodeSelectorTest(where.nodeSelector)(node);
  return where.allNodes === true;
}

const poolsOf = new WeakMap<readonly ResourceSlice[], readonly (readonly ResourceSlice[])[]>();

/** The devices a node can use, in the order of driver, pool, slice and device. `slices` must be one list per state. */
export function devicesFor(node: Node, slices: readonly ResourceSlice[]): readonly OfferedDevice[] {
  let pools = poolsOf.get(slices);
  if (pools === undefined) {
    pools = completePools(slices);
    poolsOf.set(slices, pools);
  }
  return pools.flatMap((pool) => devicesOn(node, pool));
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
        local: where.allNodes !== true,
      });
    }
  }
  return offered;
}
