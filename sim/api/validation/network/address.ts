import { isIpv4, isIpv6 } from "./ip.ts";

/** An IP address as a number of `bits` (32 or 128) bits. */
export interface Address {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** Reads an address; `undefined` when the text is none, or an IPv4 address in IPv6's clothes. */
export function readAddress(text: string): Address | undefined {
  if (isIpv4(text)) return { value: octets(text), bits: 32 };
  if (!isIpv6(text)) return undefined;
  const plain = text.replace(/[\d.]+$/, (tail) => (tail.includes(".") ? groupsOf(tail) : tail));
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(gap).fill("0"), ...after];
  const value = groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
  return value / 4_294_967_296n === 65_535n ? undefined : { value, bits: 128 };
}

function octets(text: string): bigint {
  return text.split(".").reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function groupsOf(ipv4: string): string {
  const value = octets(ipv4);
  return `${(value / 65_536n).toString(16)}:${(value % 65_536n).toString(16)}`;
}

/** Canonical text: RFC 5952 for IPv6. */
export function addressText({ value, bits }: Address): string {
  if (bits === 32) {
    const octet = (shift: bigint) => (value / shift) % 256n;
    return [16_777_216n, 65_536n, 256n, 1n].map(octet).join(".");
  }
  const hex = value.toString(16).padStart(32, "0");
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, ""));
  const { start, length } = longestGap(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

function longestGap(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === "0") length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** The first `prefix` bits, the others cleared. */
export function maskAddress({ value, bits }: Address, prefix: number): Address {
  const host = 2n ** BigInt(bits - prefix);
  return { value: (value / host) * host, bits };
}

/** Whether an address lies in the network of `prefix` bits around another. */
export function isWithin(address: Address, network: Address, prefix: number): boolean {
  return (
    address.bits === network.bits &&
    maskAddress(address, prefix).value === maskAddress(network, prefix).value
  );
}

/** A network: the first `prefix` bits around an address. */
export interface Network {
  readonly address: Address;
  readonly prefix: number;
}

/** Reads a network, `10.0.0.0/8`; `undefined` when the text is none. */
export function readNetwork(text: string): Network | undefined {
  const [host = "", prefix = "", rest] = text.split("/");
  const address = readAddress(host);
  if (address === undefined || rest !== undefined || !/^(0|[1-9]\d{0,2})$/.test(prefix))
    return undefined;
  return Number(prefix) > address.bits ? undefined : { address, prefix: Number(prefix) };
}

/** The first address of a network, and how many it has. */
export function extentOf({ address, prefix }: Network): { first: bigint; size: bigint } {
  const size = 2n ** BigInt(address.bits - prefix);
  return { first: maskAddress(address, prefix).value, size };
}

/** Whether an address is one that a network gives away: neither the network's own nor, of IPv4, that of all. */
export function hasHost(network: Network, address: Address): boolean {
  if (!isWithin(address, network.address, network.prefix)) return false;
  const { first, size } = extentOf(network);
  const at = address.value - first;
  return at !== 0n && (address.bits === 128 || at !== size - 1n);
}

/** Whether a network lies in another, or is the same. */
export function isInside(inner: Network, outer: Network): boolean {
  return inner.prefix >= outer.prefix && isWithin(inner.address, outer.address, outer.prefix);
}
