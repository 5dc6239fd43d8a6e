/** Addresses of one block of 256 that pods may have: not the network's, not the bridge's, not the broadcast's. */
const PER_BLOCK = 253;

/** Pod addresses of one node: handed out in turn, as the host-local plugin does, from blocks of its own. */
export class PodAddresses {
  readonly cidr: string;
  readonly #first: number;
  readonly #size: number;
  #next = 0;
  readonly #used = new Set<number>();

  /** `block`: number of the node's first block; `blocks`: how many it has. */
  constructor(block: number, blocks: number) {
    this.#first = block;
    this.#size = blocks * PER_BLOCK;
    this.cidr = `${prefix(block)}.0/24`;
  }

  /** A free address; the same one twice when all are taken. */
  take(): string {
    for (let tried = 0; tried < this.#size; tried++) {
      const slot = this.#next;
      this.#next = (this.#next + 1) % this.#size;
      if (this.#used.has(slot)) continue;
      this.#used.add(slot);
      return this.#address(slot);
    }
    return this.#address(0);
  }

  /** Gives an address back. */
  release(address: string): void {
    const second = address.indexOf(".") + 1;
    const third = address.indexOf(".", second) + 1;
    const fourth = address.indexOf(".", third) + 1;
    const high = Number(address.slice(second, third - 1)) - FIRST_OCTET;
    const block = high * 256 + Number(address.slice(third, fourth - 1)) - this.#first;
    this.#used.delete(block * PER_BLOCK + Number(address.slice(fourth)) - 2);
  }

  save(): unknown {
    return { next: this.#next, used: [...this.#used] };
  }

  load(state: unknown): void {
    const { next, used } = state as { next: number; used: readonly number[] };
    this.#next = next;
    this.#used.clear();
    for (const slot of used) this.#used.add(slot);
  }

  #address(slot: number): string {
    return `${prefix(this.#first + Math.floor(slot / PER_BLOCK))}.${(slot % PER_BLOCK) + 2}`;
  }
}

/** Pods live in 10.128.0.0/9, away from the services' 10.96.0.0/12. */
const FIRST_OCTET = 128;

function prefix(block: number): string {
  return `10.${FIRST_OCTET + Math.floor(block / 256)}.${block % 256}`;
}

/** How many blocks a node of so many pods needs: addresses outlive their pods a little. */
export function blocksFor(pods: number): number {
  return Math.max(1, Math.ceil((pods * 1.2) / PER_BLOCK));
}

/** Internal address of the n-th node. */
export function nodeAddress(index: number): string {
  return `192.168.${Math.floor((index + 1) / 256)}.${(index + 1) % 256}`;
}
