import type { NodeIndex } from "../../snapshot/node-index.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { deviceOf } from "./capacity.ts";
import { classBehind } from "./extended-resources.ts";
import type { PendingClaims } from "./pending-claims.ts";
import { devicesOn } from "./pools.ts";
import { selects } from "./selector.ts";

/** Devices of a class that a node can use. */
export interface DeviceTotals {
  readonly capacity: number;
  /** Those of them that claims have. */
  readonly allocated: number;
}

const NOTHING: DeviceTotals = { capacity: 0, allocated: 0 };

/**
 * What a node offers of a resource that it does not offer itself: the devices of the class behind it, and how many of them are
 * in use (noderesources `calculateDRAResourceTotals`). `undefined` when no class is behind it.
 */
export function deviceTotals(
  resource: string,
  snapshot: Snapshot,
  pending: PendingClaims,
): ((node: NodeIndex) => DeviceTotals) | undefined {
  const deviceClass = classBehind(resource, snapshot);
  if (deviceClass === undefined) return undefined;
  const inUse = new Set(pending.devicesInUse(snapshot).map(deviceOf));
  const slices = snapshot.objects.list("ResourceSlice");
  return (index) => {
    const node = snapshot.nodes[index];
    if (node === undefined) return NOTHING;
    try {
      const devices = devicesOn(node, slices).filter(({ device, driver }) =>
        selects(deviceClass.spec.selectors, device, driver),
      );
      const allocated = devices.filter(({ id }) => inUse.has(id)).length;
      return { capacity: devices.length, allocated };
    } catch {
      // A selector that cannot be evaluated keeps pods off the node elsewhere; here it counts for nothing.
      return NOTHING;
    }
  };
}

/** Sum of the versions of what `deviceTotals` reads. */
export function totalsVersion({ objects }: Snapshot, pending: PendingClaims): number {
  return (
    objects.version("DeviceClass") +
    objects.version("ResourceSlice") +
    objects.version("ResourceClaim") +
    pending.version
  );
}
