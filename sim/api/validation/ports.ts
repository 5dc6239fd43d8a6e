import { type FieldError, notSupported, required } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { portNameErrors, portNumberErrors } from "./names.ts";

/** Protocol of a port. */
export function protocolErrors(protocol: string, field: string): readonly FieldError[] {
  if (protocol === "") return [required(field, "")];
  const supported = ["SCTP", "TCP", "UDP"];
  return supported.includes(protocol) ? [] : [notSupported(field, protocol, supported)];
}

/** A port by number or name (core `ValidatePortNumOrName`). */
export function targetPortErrors(
  port: number | string | undefined,
  field: string,
): readonly FieldError[] {
  if (typeof port === "number") return invalidEach(field, port, portNumberErrors(port));
  const name = port ?? "";
  return invalidEach(field, name, portNameErrors(name));
}
