import type { ResourceSlice } from "../../../api/types.gen.ts";
import { nanosOf } from "./capacity.ts";
import type { OfferedDevice } from "./pools.ts";

/** What is left of the counters that the partitions of a device share. */
export class SharedCounters {
  private readonly left = new Map<string, bigint>();

  /** `taken` are the identities of the devices in use. */
  constructor(slices: readonly ResourceSlice[], taken: ReadonlySet<string>) {
    for (const { spec } of slices) {
      const pool = `${spec.driver}/${spec.pool.name}`;
      for (const { name, counters } of spec.sharedCounters ?? [])
        for (const [counter, { value }] of Object.entries(counters))
          this.left.set(`${pool}/${name}/${counter}`, nanosOf(value));
    }
    for (const { spec } of slices) {
      const { driver, pool } = spec;
      for (const device of spec.devices ?? [])
        if (taken.has(`${driver}/${pool.name}/${device.name}`))
          this.move({ driver, pool: pool.name, device }, -1n);
    }
  }

  /** Takes a device's share, if there is enough of everything. */
  take(offered: OfferedDevice): boolean {
    for (const [key, amount] of consumption(offered))
      if ((this.left.get(key) ?? 0n) < amount) return false;
    this.move(offered, -1n);
    return true;
  }

  /** Gives a device's share back. */
  giveBack(offered: OfferedDevice): void {
    this.move(offered, 1n);
  }

  private move(offered: Pick<OfferedDevice, "driver" | "pool" | "device">, sign: bigint): void {
    for (const [key, amount] of consumption(offered))
      this.left.set(key, (this.left.get(key) ?? 0n) + sign * amount);
  }
}

function consumption({
  driver,
  pool,
  device,
}: Pick<OfferedDevice, "driver" | "pool" | "device">): readonly (readonly [string, bigint])[] {
  return (device.consumesCounters ?? []).flatMap(({ counterSet, counters }) =>
    Object.entries(counters).map(
      ([counter, { value }]) =>
        [`${driver}/${pool}/${counterSet}/${counter}`, nanosOf(value)] as const,
    ),
  );
}
