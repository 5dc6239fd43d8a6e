import { formatQuantity, parseQuantity } from "../../../api/meta/quantity.ts";
import type {
  CapacityRequestPolicy,
  DeviceCapacity,
  DeviceRequestAllocationResult,
  Quantity,
} from "../../../api/types.gen.ts";
import type { OfferedDevice } from "./pools.ts";
import { qualified } from "./selector.ts";

/** Amounts by the device's name for the capacity, in nano-units. */
export type Consumed = ReadonlyMap<string, bigint>;

/** A quantity in nano-units. */
export function nanosOf(quantity: Quantity): bigint {
  return parseQuantity(String(quantity))?.nanos ?? 0n;
}

/** Whether several requests may share the device. */
export function isShared({ device }: OfferedDevice): boolean {
  return device.allowMultipleAllocations === true;
}

/** Identity of the device that a result speaks of. */
export function deviceOf({ driver, pool, device }: DeviceRequestAllocationResult): string {
  return `${driver}/${pool}/${device}`;
}

/** What the request comes to under the policy: the default without one, else rounded up to what the policy allows. */
function rounded(
  asked: bigint | undefined,
  { value, requestPolicy }: DeviceCapacity,
): bigint | undefined {
  if (asked === undefined) return nanosOf(requestPolicy?.default ?? value);
  const { validRange, validValues } = requestPolicy ?? ({} as CapacityRequestPolicy);
  if (validRange !== undefined) {
    const min = nanosOf(validRange.min);
    const step = validRange.step === undefined ? 0n : nanosOf(validRange.step);
    const above = asked > min ? asked - min : 0n;
    const amount = min + (step > 0n ? ((above + step - 1n) / step) * step : above);
    return validRange.max !== undefined && amount > nanosOf(validRange.max) ? undefined : amount;
  }
  if (validValues === undefined) return asked;
  const sorted = validValues.map(nanosOf).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.find((each) => each >= asked);
}

/**
 * What a request takes of a device's capacities; `undefined` when it asks for one that the device does not have, or for
 * more than there is or its policy allows (consumable capacity, KEP-5075).
 */
export function consumption(
  { device, driver }: OfferedDevice,
  requests: Readonly<Record<string, Quantity>>,
): Consumed | undefined {
  const wanted = new Map(
    Object.entries(requests).map(([name, amount]) => [
      qualified(name, driver).join("/"),
      nanosOf(amount),
    ]),
  );
  const consumed = new Map<string, bigint>();
  for (const [name, capacity] of Object.entries(device.capacity ?? {})) {
    const full = qualified(name, driver).join("/");
    const amount = rounded(wanted.get(full), capacity);
    wanted.delete(full);
    if (amount === undefined || amount > nanosOf(capacity.value)) return undefined;
    consumed.set(name, amount);
  }
  return wanted.size > 0 ? undefined : consumed;
}

/** What is in use of the devices that several requests share. */
export class SharedCapacity {
  private readonly used = new Map<string, Map<string, bigint>>();
  private readonly uses = new Map<string, number>();

  /** `results`: what allocated claims hold. */
  constructor(results: readonly DeviceRequestAllocationResult[]) {
    for (const result of results) {
      const consumed = Object.entries(result.consumedCapacity ?? {});
      this.move(
        deviceOf(result),
        new Map(consumed.map(([name, amount]) => [name, nanosOf(amount)])),
        1n,
      );
    }
  }

  /** Whether nobody uses the device. */
  isFree(id: string): boolean {
    return (this.uses.get(id) ?? 0) === 0;
  }

  /** Takes a part of the device, if that much is left of everything. */
  take({ id, device }: OfferedDevice, consumed: Consumed): boolean {
    for (const [name, amount] of consumed) {
      const whole = nanosOf(device.capacity?.[name]?.value ?? "0");
      if ((this.used.get(id)?.get(name) ?? 0n) + amount > whole) return false;
    }
    this.move(id, consumed, 1n);
    return true;
  }

  /** Gives a part of the device back. */
  giveBack({ id }: OfferedDevice, consumed: Consumed): void {
    this.move(id, consumed, -1n);
  }

  private move(id: string, consumed: Consumed, sign: bigint): void {
    this.uses.set(id, (this.uses.get(id) ?? 0) + Number(sign));
    const used = this.used.get(id) ?? new Map<string, bigint>();
    for (const [name, amount] of consumed) used.set(name, (used.get(name) ?? 0n) + sign * amount);
    this.used.set(id, used);
  }
}

/** The amounts as a result carries them, in the format of the device's own. */
export function consumedCapacity(
  { device }: OfferedDevice,
  consumed: Consumed,
): Record<string, Quantity> {
  return Object.fromEntries(
    [...consumed].map(([name, nanos]) => {
      const format = parseQuantity(String(device.capacity?.[name]?.value ?? "0"))?.format;
      return [name, formatQuantity({ nanos, format: format ?? "DecimalSI" })];
    }),
  );
}
