import { byteLength } from "../../kinds/base64.ts";
import type {
  AllocatedDeviceStatus,
  NetworkDeviceData,
  OpaqueDeviceConfiguration,
} from "../../types.gen.ts";
import { conditionErrors } from "../conditions.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  required,
  tooLong,
  tooMany,
} from "../field-error.ts";
import { addressText, readAddress } from "../network/address.ts";
import { driverNameErrors } from "./device-names.ts";

/* What drivers say of devices, and what they are told. */

const MOST_CONDITIONS = 8;
const LONGEST_DATA = 10 * 1024;
const LONGEST_INTERFACE = 256;
const LONGEST_HARDWARE_ADDRESS = 128;
const MOST_ADDRESSES = 16;

/** resource `validateOpaqueConfiguration`. */
export function opaqueErrors(
  opaque: OpaqueDeviceConfiguration | undefined,
  path: string,
): readonly FieldError[] {
  if (opaque === undefined) return [required(path, "")];
  return [
    ...driverNameErrors(opaque.driver ?? "", `${path}.driver`),
    ...objectErrors(opaque.parameters, `${path}.parameters`),
  ];
}

/** resource `validateRawExtension`: a JSON object that is not too long. */
function objectErrors(value: unknown, field: string): readonly FieldError[] {
  if (value === undefined || value === null) return [required(field, "")];
  if (byteLength(JSON.stringify(value)) > LONGEST_DATA) return [tooLong(field, LONGEST_DATA)];
  if (typeof value === "object" && !Array.isArray(value)) return [];
  return [invalidValue(field, "<value omitted>", "must be a valid JSON object")];
}

/** What a driver's word of a device says beside the device's name. */
export function deviceDataErrors(
  { conditions = [], data, networkData }: AllocatedDeviceStatus,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (conditions.length > MOST_CONDITIONS)
    errors.push(tooMany(`${path}.conditions`, conditions.length, MOST_CONDITIONS));
  errors.push(...conditionErrors(conditions, `${path}.conditions`));
  if (data !== undefined) errors.push(...objectErrors(data, `${path}.data`));
  return [...errors, ...networkErrors(networkData ?? {}, `${path}.networkData`)];
}

function networkErrors(
  { interfaceName = "", hardwareAddress = "", ips = [] }: NetworkDeviceData,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (interfaceName.length > LONGEST_INTERFACE)
    errors.push(tooLong(`${path}.interfaceName`, LONGEST_INTERFACE));
  if (hardwareAddress.length > LONGEST_HARDWARE_ADDRESS)
    errors.push(tooLong(`${path}.hardwareAddress`, LONGEST_HARDWARE_ADDRESS));
  const field = `${path}.ips`;
  if (ips.length > MOST_ADDRESSES) return [...errors, tooMany(field, ips.length, MOST_ADDRESSES)];
  ips.forEach((ip, index) => {
    errors.push(...interfaceAddressErrors(ip, `${field}[${index}]`));
  });
  ips.forEach((ip, index) => {
    if (ips.indexOf(ip) < index) errors.push(duplicate(`${field}[${index}]`, ip));
  });
  return errors;
}

/** apimachinery `IsValidInterfaceAddress`: an address with its network's length, in its canonical form. */
function interfaceAddressErrors(text: string, field: string): readonly FieldError[] {
  const [address = "", prefix = "", ...more] = text.split("/");
  const read = readAddress(address);
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (read === undefined || more.length > 0 || !(bits <= read.bits)) {
    const why = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
    return [invalidValue(field, text, why)];
  }
  const canonical = `${addressText(read)}/${bits}`;
  if (canonical === text) return [];
  const why = `must be in canonical form (${JSON.stringify(canonical)})`;
  return [invalidValue(field, text, why)];
}
