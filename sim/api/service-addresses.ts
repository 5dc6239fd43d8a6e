import type { Random } from "../engine/random.ts";
import type { IndexKeys } from "./object-set.ts";
import { defaultRange, givesAddresses, networksOf, withDefaultRange } from "./service-ranges.ts";
import type { Store } from "./store.ts";
import type { Service, ServiceCIDR } from "./types.gen.ts";
import {
  addressText,
  extentOf,
  hasHost,
  type Network,
  readAddress,
} from "./validation/network/address.ts";

/** Which part of a network is kept for those who ask for an address: a sixteenth, within these bounds. */
const [LEAST_KEPT, MOST_KEPT, KEPT_PART] = [16, 256, 16];
/** Networks with more addresses are taken for as large as this. */
const LARGEST = 2 ** 31;

const byAddress: IndexKeys = (object) => (object as Service).spec?.clusterIPs ?? [];
const always: readonly Network[] = networksOf(defaultRange);

/** The addresses that Services may have: those of the ServiceCIDRs that are ready. */
export class ServiceAddresses {
  readonly #store: Store;
  readonly #random: Random;

  constructor(store: Store, random: Random) {
    this.#store = store;
    this.#random = random;
    store.addIndex("Service", "address", byAddress);
  }

  /** Why an address cannot be had; undefined when it can. */
  problem(text: string): string | undefined {
    const address = readAddress(text);
    if (address === undefined || !this.#networks().some((network) => hasHost(network, address)))
      return "the provided network does not match the current range";
    return this.#isTaken(text) ? "provided IP is already allocated" : undefined;
  }

  /** A free address, from whichever range; undefined when there is none. */
  next(): string | undefined {
    const networks = this.#networks();
    const first = networks.length > 1 ? this.#random.int(networks.length) : 0;
    for (let turn = 0; turn < networks.length; turn++) {
      const found = this.#in(networks[(first + turn) % networks.length] as Network);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The networks of IPv4 that give addresses, each once. */
  #networks(): readonly Network[] {
    const stored = this.#store.objects("ServiceCIDR");
    if (stored.size === 0) return always;
    const ranges = withDefaultRange(stored.values() as Iterable<ServiceCIDR>);
    const networks = ranges.filter(givesAddresses).flatMap(networksOf);
    const byText = new Map(
      networks
        .filter(({ address }) => address.bits === 32)
        .map((network) => [`${addressText(network.address)}/${network.prefix}`, network]),
    );
    return [...byText.values()];
  }

  /** From a random place on, first in the part that is for everybody, then in the one that is kept. */
  #in(network: Network): string | undefined {
    const { first, size } = extentOf(network);
    const count = Math.min(Number(size), LARGEST);
    const kept =
      count <= LEAST_KEPT
        ? 1
        : Math.min(Math.max(LEAST_KEPT, Math.floor(count / KEPT_PART)), MOST_KEPT);
    return (
      this.#between(first, kept, count - 1) ?? this.#between(first, 1, Math.min(kept, count - 1))
    );
  }

  #between(network: bigint, from: number, to: number): string | undefined {
    const count = to - from;
    if (count <= 0) return undefined;
    const start = this.#random.int(count);
    for (let step = 0; step < count; step++) {
      const value = network + BigInt(from + ((start + step) % count));
      const text = addressText({ value, bits: 32 });
      if (!this.#isTaken(text)) return text;
    }
    return undefined;
  }

  #isTaken(address: string): boolean {
    if (this.#store.objects("Service").countIndexed("address", address) > 0) return true;
    return this.#store.get("IPAddress", address) !== undefined;
  }
}
