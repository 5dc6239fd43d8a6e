import { goQuote } from "../go-text.ts";
import { addressText, readAddress } from "./address.ts";
import { isIpv4, isIpv6, withoutZeros } from "./ip.ts";

/** An address without the zeros and the IPv6 clothes that some write IPv4 addresses with; undefined when it is standard or none. */
function plainIpv4(text: string): string | undefined {
  if (isIpv4(text)) return undefined;
  if (isIpv4(withoutZeros(text))) return withoutZeros(text);
  if (!isIpv6(text) || readAddress(text) !== undefined) return undefined;
  const tail = text.slice(text.lastIndexOf(":") + 1);
  if (tail.includes(".")) return tail;
  const [high = "0", low = "0"] = text.split(":").slice(-2);
  const value = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return addressText({ value: BigInt(value), bits: 32 });
}

/** Texts about an IP address that only old clusters take, or that stands there in an unusual form. */
export function ipWarnings(text: string, field: string): readonly string[] {
  const plain = plainIpv4(text);
  if (plain !== undefined) {
    return [
      `${field}: non-standard IP address ${goQuote(text)} will be considered invalid in a future Kubernetes release: use ${goQuote(plain)}`,
    ];
  }
  const address = readAddress(text);
  if (address === undefined || address.bits === 32) return [];
  const canonical = addressText(address);
  return canonical === text
    ? []
    : [
        `${field}: IPv6 address ${goQuote(text)} should be in RFC 5952 canonical format (${goQuote(canonical)})`,
      ];
}

/** The same for address ranges; older ways to write them are refused. */
export function cidrWarnings(text: string, field: string): readonly string[] {
  const [ip = "", prefix] = text.split("/");
  const address = readAddress(ip);
  if (address === undefined || address.bits === 32) return [];
  const canonical = `${addressText(address)}/${prefix}`;
  return canonical === text
    ? []
    : [
        `${field}: IPv6 CIDR value ${goQuote(text)} should be in RFC 5952 canonical format (${goQuote(canonical)})`,
      ];
}
