import { type FieldError, invalidValue } from "../field-error.ts";
import { type Address, addressText, maskAddress, readAddress } from "./address.ts";
import { isIpv4, isIpv6, withoutZeros } from "./ip.ts";

/*
 * Addresses and ranges as v1.36 takes them (gate StrictIPCIDRValidation): what older clusters took for one, a text with leading
 * zeros, an IPv4 address in IPv6's clothes, an address within its range, has an error of its own.
 */

/** An address without its leading zeros; undefined when it is none even so. */
function sloppyAddress(text: string): string | undefined {
  const start = text.lastIndexOf(":") + 1;
  const tail = text.slice(start);
  const plain = text.slice(0, start) + (tail.includes(".") ? withoutZeros(tail) : tail);
  return isIpv4(plain) || isIpv6(plain) ? plain : undefined;
}

function ipMistake(text: string): string | undefined {
  const plain = sloppyAddress(text);
  if (plain === undefined) return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  if (plain !== text) return "must not have leading 0s";
  const mapped = readAddress(text) === undefined;
  return mapped ? "must not be an IPv4-mapped IPv6 address" : undefined;
}

/** What is wrong with an IP address. */
export function ipErrors(text: string, field: string): readonly FieldError[] {
  const why = ipMistake(text);
  return why === undefined ? [] : [invalidValue(field, text, why)];
}

/** Names of IPAddresses are the addresses, in their canonical form. */
export function addressNameErrors(name: string): readonly string[] {
  const why = ipMistake(name);
  const address = why === undefined ? readAddress(name) : undefined;
  if (address === undefined) return why === undefined ? [] : [why];
  const canonical = addressText(address);
  return canonical === name ? [] : [`must be in canonical form ("${canonical}")`];
}

interface Range {
  /** As it is written, without leading zeros. */
  readonly ip: string;
  /** Undefined for an IPv4 address in IPv6's clothes. */
  readonly address: Address | undefined;
  readonly prefix: number;
}

function readRange(text: string): Range | undefined {
  const [ip = "", length, ...rest] = text.split("/");
  const plain = sloppyAddress(ip);
  if (plain === undefined || length === undefined || rest.length > 0) return undefined;
  if (!/^\d+$/.test(length) || Number(length) > (isIpv4(plain) ? 32 : 128)) return undefined;
  return { ip: plain, address: readAddress(plain), prefix: Number(length) };
}

/** Whether a text was ever taken for an address range. */
export function isRange(text: string): boolean {
  return readRange(text) !== undefined;
}

/** What is wrong with an address range. */
export function cidrErrors(text: string, field: string): readonly FieldError[] {
  const range = readRange(text);
  const wrong = (why: string): readonly FieldError[] => [invalidValue(field, text, why)];
  if (range === undefined) {
    return wrong("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
  }
  const { ip, address, prefix } = range;
  if (`${ip}/${prefix}` !== text) return wrong("must not have leading 0s in IP or prefix length");
  if (address === undefined) return wrong("must not have an IPv4-mapped IPv6 address");
  return maskAddress(address, prefix).value === address.value
    ? []
    : wrong("must not have bits set beyond the prefix length");
}

/** The same where ranges are also to stand in their canonical form. */
export function canonicalCidrErrors(text: string, field: string): readonly FieldError[] {
  const errors = cidrErrors(text, field);
  const range = readRange(text);
  if (errors.length > 0 || range?.address === undefined) return errors;
  const canonical = `${addressText(range.address)}/${range.prefix}`;
  if (canonical === text) return [];
  return [invalidValue(field, text, `must be in canonical form ("${canonical}")`)];
}

/** Whether one range is part of another and smaller; ranges that are none are told of elsewhere. */
export function isProperSubrange(inner: string, outer: string): boolean {
  const [part, whole] = [readRange(inner), readRange(outer)];
  if (part?.address === undefined || whole?.address === undefined) return true;
  const { address, prefix } = part;
  return (
    address.bits === whole.address.bits &&
    prefix > whole.prefix &&
    maskAddress(address, whole.prefix).value === maskAddress(whole.address, whole.prefix).value
  );
}
