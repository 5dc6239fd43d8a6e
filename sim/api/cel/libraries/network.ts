import type { Environment } from "@marcbachmann/cel-js";
import {
  type Address,
  addressText,
  isInside,
  isWithin,
  maskAddress,
  type Network,
  readAddress,
  readNetwork,
} from "../../validation/network/address.ts";
import { CelFailure } from "../values.ts";

/** An IP address in an expression; as a constant of this name it also has `ip.isCanonical`. */
class CelIp {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  static addressOf(ip: CelIp): Address {
    return ip.#address;
  }

  toString(): string {
    return addressText(this.#address);
  }
}

/** A network in an expression. */
class CelCidr {
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  static partsOf(cidr: CelCidr): Network {
    return cidr.#network;
  }

  toString(): string {
    const { address, prefix } = this.#network;
    return `${addressText(address)}/${prefix}`;
  }
}

class IpNamespace {}

/** Addresses and networks: `ip("10.0.0.1")`, `cidr("10.0.0.0/8").containsIP("10.0.0.1")`. */
export function registerNetwork(environment: Environment): void {
  environment
    .registerType("net.IP", CelIp)
    .registerType("net.CIDR", CelCidr)
    .registerType("IpNamespace", IpNamespace)
    .registerConstant("ip", "IpNamespace", new IpNamespace());
  registerAddresses(environment);
  registerNetworks(environment);
}

function ip(text: string): CelIp {
  const address = readAddress(text);
  if (address !== undefined) return new CelIp(address);
  throw new CelFailure(
    `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
  );
}

function cidr(text: string): CelCidr {
  const network = readNetwork(text);
  if (network !== undefined) return new CelCidr(network);
  throw new CelFailure(
    `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): unable to parse prefix`,
  );
}

function registerAddresses(environment: Environment): void {
  const of = CelIp.addressOf;
  const tests: Readonly<Record<string, (address: Address) => boolean>> = {
    isUnspecified: ({ value }) => value === 0n,
    isLoopback: isIn("127.0.0.0/8", "::1/128"),
    isLinkLocalMulticast: isIn("224.0.0.0/24", "ff02::/16"),
    isLinkLocalUnicast: isIn("169.254.0.0/16", "fe80::/10"),
    isGlobalUnicast: (address) =>
      address.value !== 0n &&
      addressText(address) !== "255.255.255.255" &&
      !isIn("127.0.0.0/8", "::1/128")(address) &&
      !isIn("224.0.0.0/4", "ff00::/8")(address) &&
      !isIn("169.254.0.0/16", "fe80::/10")(address),
  };
  environment
    .registerFunction("ip(string): net.IP", ip)
    .registerFunction("isIP(string): bool", (text: string) => readAddress(text) !== undefined)
    .registerFunction("IpNamespace.isCanonical(string): bool", (_: unknown, text: string) => {
      return ip(text).toString() === text;
    })
    .registerFunction("net.IP.family(): int", (value: CelIp) => (of(value).bits === 32 ? 4n : 6n))
    .registerFunction("string(net.IP): string", String)
    .registerOperator("net.IP == net.IP", (a: CelIp, b: CelIp) => String(a) === String(b));
  for (const [name, test] of Object.entries(tests))
    environment.registerFunction(`net.IP.${name}(): bool`, (value: CelIp) => test(of(value)));
}

function isIn(...networks: readonly string[]): (address: Address) => boolean {
  const parts = networks.map((text) => CelCidr.partsOf(cidr(text)));
  return (address) => parts.some((part) => isWithin(address, part.address, part.prefix));
}

function registerNetworks(environment: Environment): void {
  const parts = CelCidr.partsOf;
  const containsIp = (network: CelCidr, address: CelIp): boolean =>
    isWithin(CelIp.addressOf(address), parts(network).address, parts(network).prefix);
  const containsCidr = (network: CelCidr, inner: CelCidr): boolean =>
    isInside(parts(inner), parts(network));
  environment
    .registerFunction("cidr(string): net.CIDR", cidr)
    .registerFunction("isCIDR(string): bool", (text: string) => readNetwork(text) !== undefined)
    .registerFunction("net.CIDR.containsIP(net.IP): bool", containsIp)
    .registerFunction("net.CIDR.containsIP(string): bool", (network: CelCidr, text: string) =>
      containsIp(network, ip(text)),
    )
    .registerFunction("net.CIDR.containsCIDR(net.CIDR): bool", containsCidr)
    .registerFunction("net.CIDR.containsCIDR(string): bool", (network: CelCidr, text: string) =>
      containsCidr(network, cidr(text)),
    )
    .registerFunction(
      "net.CIDR.ip(): net.IP",
      (network: CelCidr) => new CelIp(parts(network).address),
    )
    .registerFunction("net.CIDR.prefixLength(): int", (network: CelCidr) =>
      BigInt(parts(network).prefix),
    )
    .registerFunction("net.CIDR.masked(): net.CIDR", (network: CelCidr) => {
      const { address, prefix } = parts(network);
      return new CelCidr({ address: maskAddress(address, prefix), prefix });
    })
    .registerFunction("string(net.CIDR): string", String)
    .registerOperator("net.CIDR == net.CIDR", (a: CelCidr, b: CelCidr) => String(a) === String(b));
}
