import { keyOf } from "../../../api/object.ts";
import type {
  AllocationResult,
  DeviceRequestAllocationResult,
  DeviceToleration,
  Node,
  ResourceClaim,
  ResourceSlice,
} from "../../../api/types.gen.ts";
import { tolerates } from "../../framework/toleration.ts";
import { type Chosen, resultFor } from "./allocation-result.ts";
import { type Consumed, consumption, deviceOf, isShared, SharedCapacity } from "./capacity.ts";
import { SharedCounters } from "./counters.ts";
import { type NodePools, type OfferedDevice, poolsFor } from "./pools.ts";
import { attributeValue, qualified, selects } from "./selector.ts";
import { concerns, type Wanted, type Wish } from "./wishes.ts";

/** Devices that one claim may have (resource/v1 `AllocationResultsMaxSize`). */
const MOST_RESULTS = 32;

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
  private readonly troubled: NodePools["troubled"];
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
    const { devices, troubled } = poolsFor(node, slices);
    this.offered = devices;
    this.troubled = troubled;
    this.taken = new Set(inUse.map(deviceOf));
    this.counters = new SharedCounters(slices, this.taken);
    this.shared = new SharedCapacity(inUse);
  }

  /** Throws when a claim cannot be satisfied on any node, or not for now. */
  check(): void {
    const least = new Map<ResourceClaim, number>();
    for (const wanted of this.wanted) {
      for (const wish of wanted.ways) if (wish.count === "all") this.checkPools(wanted, wish);
      const counts = wanted.ways.map((wish) => this.countOf(wanted, wish));
      least.set(wanted.claim, (least.get(wanted.claim) ?? 0) + Math.min(...counts));
    }
    for (const [claim, count] of least)
      if (count > MOST_RESULTS)
        throw new Error(
          `claim ${keyOf(claim)}: number of requested devices ${count} exceeds the claim limit of ${MOST_RESULTS}`,
        );
  }

  /** How many all devices are is known when every pool is. */
  private checkPools({ claim }: Wanted, wish: Wish): void {
    const [pool] = this.troubled;
    if (pool !== undefined)
      throw new Error(
        `${placeOf(claim, wish)}: asks for all devices, but resource pool ${pool.id} is currently ${pool.trouble}`,
      );
  }

  private countOf(wanted: Wanted, wish: Wish): number {
    return wish.count === "all" ? this.fitting(wanted, wish).length : wish.count;
  }

  /** Whether there are devices that nobody gets because their pool is not as it must be. */
  get hasInvalidPools(): boolean {
    return this.troubled.some(({ trouble }) => trouble === "invalid");
  }

  run(at = 0): boolean {
    const wanted = this.wanted[at];
    if (wanted === undefined) return true;
    const own = this.chosen.filter((other) => other.wanted.claim === wanted.claim).length;
    return wanted.ways.some((wish) => {
      if (own + this.countOf(wanted, wish) > MOST_RESULTS) return false;
      return wish.count === "all"
        ? this.takeAll(wanted, wish, at)
        : this.takeSome(wanted, wish, at, wish.count, 0);
    });
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
      fitting.length > 0 && fitting.every((offered) => this.take({ wanted, wish, offered }, true));
    if (all && this.run(at + 1)) return true;
    while (this.chosen.length > before) this.giveBack();
    return false;
  }

  /** Devices that the class and the request select. */
  private fitting({ claim }: Wanted, wish: Wish): readonly OfferedDevice[] {
    const known = this.selected.get(wish);
    if (known !== undefined) return known;
    const { deviceClass, selectors } = wish;
    const fitting = this.offered.filter(({ device, driver }) => {
      const of = placeOf(claim, wish);
      return (
        named(`class ${deviceClass.metadata.name}`, () =>
          selects(deviceClass.spec.selectors, device, driver),
        ) && named(of, () => selects(selectors, device, driver))
      );
    });
    this.selected.set(wish, fitting);
    return fitting;
  }

  /** `must`: without this device the request gets none. */
  private take(choice: Chosen, must = false): boolean {
    const { wish, offered, wanted } = choice;
    // Who wants all devices wants those with taints, too, and gets none when it does not tolerate them.
    if (this.isInUse(choice) || !toleratesTaints(choice)) return false;
    if (!this.agrees(choice)) {
      if (!must) return false;
      throw new Error(
        `${placeOf(wanted.claim, wish)}: cannot add device ${offered.id} because a claim constraint would not be satisfied`,
      );
    }
    if (wish.adminAccess) {
      if (!isShared(offered) && !this.counters.take(offered)) return false;
      this.chosen.push(choice);
      return true;
    }
    const consumed = consumption(offered, wish.capacity);
    if (consumed === undefined) return false;
    const taken = isShared(offered) ? this.takePart(offered, consumed) : this.takeWhole(offered);
    if (taken) this.chosen.push(isShared(offered) ? { ...choice, consumed } : choice);
    return taken;
  }

  /** A claim sees a device once; what it only sees is not for the pod's other claims to take. */
  private isInUse({ wanted, wish, offered }: Chosen): boolean {
    if (isShared(offered)) return false;
    const isSeen = (claim?: ResourceClaim): boolean =>
      this.chosen.some(
        (other) =>
          other.offered.id === offered.id && (claim === undefined || other.wanted.claim === claim),
      );
    return wish.adminAccess ? isSeen(wanted.claim) : this.taken.has(offered.id) || isSeen();
  }

  private takeWhole(offered: OfferedDevice): boolean {
    if (!this.counters.take(offered)) return false;
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
    if (wish.adminAccess) {
      if (!isShared(offered)) this.counters.giveBack(offered);
      return;
    }
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

/** Where a mistake is, as upstream tells it. */
function placeOf(claim: ResourceClaim, { name }: Wish): string {
  return `claim ${keyOf(claim)}, request ${name.slice(name.indexOf("/") + 1)}`;
}

/**
 * Devices on a node for all requests of some claims, one result per claim; `undefined` when there are not enough,
 * `invalid` when that may be because a pool is. Throws when a selector cannot be evaluated or a claim is wrong
 * (structured parameters, KEP-4381; alternatives KEP-4816; partitions KEP-4815; devices in parts KEP-5075).
 */
export function allocate(
  wanted: readonly Wanted[],
  claims: readonly ResourceClaim[],
  node: Node,
  slices: readonly ResourceSlice[],
  inUse: readonly DeviceRequestAllocationResult[],
): readonly AllocationResult[] | "invalid" | undefined {
  const search = new Search(wanted, node, slices, inUse);
  search.check();
  if (!search.run()) return search.hasInvalidPools ? "invalid" : undefined;
  return claims.map((claim) =>
    resultFor(
      claim,
      search.chosen.filter((each) => each.wanted.claim === claim),
      node,
    ),
  );
}
