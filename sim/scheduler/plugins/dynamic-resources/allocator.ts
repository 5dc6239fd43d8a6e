import { randomUid } from "../../../api/meta/generated-name.ts";
import { keyOf } from "../../../api/object.ts";
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  DeviceToleration,
  Node,
  ResourceClaim,
  ResourceSlice,
} from "../../../api/types.gen.ts";
import { randomFrom } from "../../../engine/random.ts";
import { tolerates } from "../../framework/toleration.ts";
import {
  type Consumed,
  consumedCapacity,
  consumption,
  deviceOf,
  isShared,
  SharedCapacity,
} from "./capacity.ts";
import { SharedCounters } from "./counters.ts";
import { devicesFor, type OfferedDevice } from "./pools.ts";
import { attributeValue, qualified, selects } from "./selector.ts";
import { concerns, type Wanted, type Wish } from "./wishes.ts";

/** A device chosen for a request. */
interface Chosen {
  readonly wanted: Wanted;
  readonly wish: Wish;
  readonly offered: OfferedDevice;
  /** What is taken of a device that others may share. */
  readonly consumed?: Consumed;
}

function attributeOf({ device, driver }: OfferedDevice, name: string): string | undefined {
  const [domain, short] = qualified(name, driver);
  const found = Object.entries(device.attributes ?? {}).find(([full]) => {
    const [ownDomain, ownName] = qualified(full, driver);
    return ownDomain === domain && ownName === short;
  });
  return found === undefined ? undefined : JSON.stringify(attributeValue(found[1]));
}

/** A search for devices on one node: depth first, requests and devices in their order, the first solution wins. */
class Search {
  readonly chosen: Chosen[] = [];
  private readonly wanted: readonly Wanted[];
  private readonly offered: readonly OfferedDevice[];
  private readonly counters: SharedCounters;
  private readonly taken: Set<string>;
  private readonly shared: SharedCapacity;
  private readonly selected = new Map<Wish, readonly OfferedDevice[]>();

  constructor(
    wanted: readonly Wanted[],
    node: Node,
    slices: readonly ResourceSlice[],
    inUse: readonly DeviceRequestAllocationResult[],
  ) {
    this.wanted = wanted;
    this.offered = devicesFor(node, slices);
    this.taken = new Set(inUse.map(deviceOf));
    this.counters = new SharedCounters(slices, this.taken);
    this.shared = new SharedCapacity(inUse);
  }

  run(at = 0): boolean {
    const wanted = this.wanted[at];
    if (wanted === undefined) return true;
    return wanted.ways.some((wish) =>
      wish.count === "all"
        ? this.takeAll(wanted, wish, at)
        : this.takeSome(wanted, wish, at, wish.count, 0),
    );
  }

  private takeSome(wanted: Wanted, wish: Wish, at: number, count: number, from: number): boolean {
    if (count === 0) return this.run(at + 1);
    const fitting = this.fitting(wanted, wish);
    for (let next = from; next < fitting.length; next++) {
      const offered = fitting[next] as OfferedDevice;
      if (!this.take({ wanted, wish, offered })) continue;
      // A device that may be shared may be taken again.
      const from = isShared(offered) ? next : next + 1;
      if (this.takeSome(wanted, wish, at, count - 1, from)) return true;
      this.giveBack();
    }
    return false;
  }

  private takeAll(wanted: Wanted, wish: Wish, at: number): boolean {
    const fitting = this.fitting(wanted, wish);
    const before = this.chosen.length;
    const all =
      fitting.length > 0 && fitting.every((offered) => this.take({ wanted, wish, offered }));
    if (all && this.run(at + 1)) return true;
    while (this.chosen.length > before) this.giveBack();
    return false;
  }

  /** Devices that the class and the request select. */
  private fitting({ claim }: Wanted, wish: Wish): readonly OfferedDevice[] {
    const known = this.selected.get(wish);
    if (known !== undefined) return known;
    const { deviceClass, selectors, name } = wish;
    const fitting = this.offered.filter(({ device, driver }) => {
      const of = `claim ${keyOf(claim)}, request ${name}`;
      return (
        named(`class ${deviceClass.metadata.name}`, () =>
          selects(deviceClass.spec.selectors, device, driver),
        ) && named(of, () => selects(selectors, device, driver))
      );
    });
    this.selected.set(wish, fitting);
    return fitting;
  }

  private take(choice: Chosen): boolean {
    const { wish, offered } = choice;
    // Who wants all devices wants those with taints, too, and gets none when it does not tolerate them.
    if (!toleratesTaints(choice) || !this.agrees(choice)) return false;
    if (wish.adminAccess) {
      this.chosen.push(choice);
      return true;
    }
    const consumed = consumption(offered, wish.capacity);
    if (consumed === undefined) return false;
    const taken = isShared(offered) ? this.takePart(offered, consumed) : this.takeWhole(offered);
    if (taken) this.chosen.push(isShared(offered) ? { ...choice, consumed } : choice);
    return taken;
  }

  private takeWhole(offered: OfferedDevice): boolean {
    if (this.taken.has(offered.id) || !this.counters.take(offered)) return false;
    this.taken.add(offered.id);
    return true;
  }

  /** Only the first part of a device takes from the counters that it shares with other partitions. */
  private takePart(offered: OfferedDevice, consumed: Consumed): boolean {
    const first = this.shared.isFree(offered.id);
    if (!this.shared.take(offered, consumed)) return false;
    if (!first || this.counters.take(offered)) return true;
    this.shared.giveBack(offered, consumed);
    return false;
  }

  private giveBack(): void {
    const { wish, offered, consumed } = this.chosen.pop() as Chosen;
    if (wish.adminAccess) return;
    if (consumed === undefined) this.taken.delete(offered.id);
    else this.shared.giveBack(offered, consumed);
    if (consumed === undefined || this.shared.isFree(offered.id)) this.counters.giveBack(offered);
  }

  /** Whether the constraints hold between this choice and those made for the same claim. */
  private agrees({ wanted, wish, offered }: Chosen): boolean {
    return wanted.constraints.every((constraint) => {
      if (!concerns(constraint, wish.name)) return true;
      const name = constraint.matchAttribute ?? constraint.distinctAttribute ?? "";
      const own = attributeOf(offered, name);
      if (own === undefined) return false;
      const others = this.chosen.filter(
        (other) => other.wanted.claim === wanted.claim && concerns(constraint, other.wish.name),
      );
      return others.every((other) => {
        const equal = attributeOf(other.offered, name) === own;
        return constraint.matchAttribute === undefined ? !equal : equal;
      });
    });
  }
}

type Taints = NonNullable<OfferedDevice["device"]["taints"]>;

/** Whether the request tolerates every taint of the device that forbids to use it; other effects are ignored. */
function toleratesTaints({ wish, offered }: Chosen): boolean {
  return (offered.device.taints ?? []).every(
    (taint) =>
      (taint.effect !== "NoSchedule" && taint.effect !== "NoExecute") ||
      wish.tolerations.some((toleration) => toleratesDevice(toleration, taint)),
  );
}

function toleratesDevice(toleration: DeviceToleration, taint: Taints[number]): boolean {
  const { tolerationSeconds: _, ...rest } = toleration;
  return tolerates(rest, taint);
}

function named<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new Error(`${place}: ${(cause as Error).message}`);
  }
}

function configOf(
  claim: ResourceClaim,
  chosen: readonly Chosen[],
): DeviceAllocationConfiguration[] {
  const configs: DeviceAllocationConfiguration[] = [];
  const seen = new Set<string>();
  for (const { wish } of chosen) {
    if (seen.has(wish.name)) continue;
    seen.add(wish.name);
    for (const { opaque } of wish.deviceClass.spec.config ?? [])
      configs.push({
        source: "FromClass",
        requests: [wish.name],
        ...(opaque === undefined ? {} : { opaque }),
      });
  }
  for (const { requests = [], opaque } of claim.spec.devices?.config ?? [])
    if (requests.length === 0 || requests.some((each) => matchesChosen(each, chosen)))
      configs.push({
        source: "FromClaim",
        ...(requests.length === 0 ? {} : { requests }),
        ...(opaque === undefined ? {} : { opaque }),
      });
  return configs;
}

function matchesChosen(request: string, chosen: readonly Chosen[]): boolean {
  return chosen.some(({ wish, wanted }) => request === wish.name || request === wanted.request);
}

/** What must be said of the device before its pod is bound. */
function bindingConditionsOf({ device }: OfferedDevice) {
  const { bindingConditions = [], bindingFailureConditions = [] } = device;
  if (bindingConditions.length === 0) return {};
  return {
    bindingConditions,
    ...(bindingFailureConditions.length === 0 ? {} : { bindingFailureConditions }),
  };
}

function resultFor(claim: ResourceClaim, chosen: readonly Chosen[], node: Node): AllocationResult {
  const config = configOf(claim, chosen);
  const name = node.metadata.name;
  const where = { matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] };
  return {
    devices: {
      results: chosen.map(({ wish, offered, consumed }, at) => ({
        request: wish.name,
        driver: offered.driver,
        pool: offered.pool,
        device: offered.device.name,
        ...(wish.adminAccess ? { adminAccess: true } : {}),
        ...(wish.tolerations.length === 0 ? {} : { tolerations: wish.tolerations }),
        ...bindingConditionsOf(offered),
        ...(consumed === undefined
          ? {}
          : {
              shareID: randomUid(randomFrom(`${claim.metadata.uid}/${at}`)),
              consumedCapacity: consumedCapacity(offered, consumed),
            }),
      })),
      ...(config.length === 0 ? {} : { config }),
    },
    ...(chosen.some(({ offered }) => offered.local || offered.device.bindsToNode === true)
      ? { nodeSelector: { nodeSelectorTerms: [where] } }
      : {}),
  };
}

/**
 * Devices on a node for all requests of some claims, one result per claim; `undefined` when there are not enough.
 * Throws when a selector cannot be evaluated (structured parameters, KEP-4381; alternatives KEP-4816; partitions
 * KEP-4815; devices in parts KEP-5075).
 */
export function allocate(
  wanted: readonly Wanted[],
  claims: readonly ResourceClaim[],
  node: Node,
  slices: readonly ResourceSlice[],
  inUse: readonly DeviceRequestAllocationResult[],
): readonly AllocationResult[] | undefined {
  const search = new Search(wanted, node, slices, inUse);
  if (!search.run()) return undefined;
  return claims.map((claim) =>
    resultFor(
      claim,
      search.chosen.filter((each) => each.wanted.claim === claim),
      node,
    ),
  );
}
