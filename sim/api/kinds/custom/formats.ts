import { parseTimestamp } from "../../meta/time.ts";
import { isIpv4, isIpv6 } from "../../validation/network/ip.ts";
import { byteLength } from "../base64.ts";

const HEX = /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/;
const RGB_PART = "(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])";
const RGB = new RegExp(`^rgb\\(\\s*${RGB_PART}\\s*,\\s*${RGB_PART}\\s*,\\s*${RGB_PART}\\s*\\)$`);
const DURATION_PART = "\\d+(\\.\\d*)?\\s*(ns|us|µs|ms|s|m|h|d|w|[a-z]+)";
const DURATION = new RegExp(`^\\s*[+-]?(${DURATION_PART}\\s*)+$`);
const HOST_LABEL = "[a-zA-Z0-9]([-a-zA-Z0-9]{0,62}[a-zA-Z0-9])?";
const HOST_NAME = new RegExp(`^${HOST_LABEL}(\\.${HOST_LABEL})*\\.?$`);
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function uuid(version: string): (value: string) => boolean {
  const variant = version === "[0-9a-f]" || version === "3" ? "[0-9a-f]" : "[89ab]";
  const pattern = new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`,
    "i",
  );
  return (value) => pattern.test(value);
}

function isCidr(value: string): boolean {
  const [address = "", bits = "", ...rest] = value.split("/");
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return isIpv4(address) ? Number(bits) <= 32 : isIpv6(address) && Number(bits) <= 128;
}

/** Formats of texts that structural schemas check; others say nothing. */
export const FORMATS: Readonly<Record<string, (value: string) => boolean>> = {
  "date-time": (value) => parseTimestamp(value) !== undefined,
  datetime: (value) => parseTimestamp(value) !== undefined,
  date: (value) => /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(value),
  duration: (value) => DURATION.test(value),
  ipv4: isIpv4,
  ipv6: isIpv6,
  cidr: isCidr,
  mac: (value) => /^([0-9a-fA-F]{2}[:-]){5,19}[0-9a-fA-F]{2}$/.test(value),
  uri: (value) => /^([A-Za-z][A-Za-z0-9+.-]*:\S+|\/\S*)$/.test(value),
  hostname: (value) => value.length <= 255 && HOST_NAME.test(value),
  email: (value) => /^[^\s@]+@[^\s@]+$/.test(value),
  uuid: uuid("[0-9a-f]"),
  uuid3: uuid("3"),
  uuid4: uuid("4"),
  uuid5: uuid("5"),
  bsonobjectid: (value) => /^[0-9a-f]{24}$/i.test(value),
  hexcolor: (value) => HEX.test(value),
  rgbcolor: (value) => RGB.test(value),
  ssn: (value) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(value),
  byte: (value) => byteLength(value) % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
  "k8s-short-name": (value) => value.length <= 63 && LABEL.test(value),
  "k8s-long-name": (value) =>
    value.length <= 253 && value.split(".").every((label) => LABEL.test(label)),
};
