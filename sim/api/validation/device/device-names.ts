import { byteLength } from "../../kinds/base64.ts";
import { type FieldError, invalidValue, required, tooLong } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { cIdentifierErrors, dnsSubdomainErrors } from "../names.ts";

/** Longest name of a driver, which is also the domain of its attributes. */
const LONGEST_DOMAIN = 63;
const LONGEST_IDENTIFIER = 32;
const LONGEST_POOL = 253;

/** core `ValidateCSIDriverName`, which names of devices' drivers keep to as well. */
export function driverNameErrors(name: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (name === "") errors.push(required(field, ""));
  if (name.length > LONGEST_DOMAIN) errors.push(tooLong(field, LONGEST_DOMAIN));
  return [...errors, ...invalidEach(field, name, dnsSubdomainErrors(name.toLowerCase()))];
}

/** resource `validatePoolName`: subdomains, parted by slashes. */
export function poolErrors(name: string, field: string): readonly FieldError[] {
  if (name === "") return [required(field, "")];
  const errors: FieldError[] = [];
  if (name.length > LONGEST_POOL) errors.push(tooLong(field, LONGEST_POOL));
  for (const part of name.split("/")) {
    errors.push(...invalidEach(field, part, dnsSubdomainErrors(part)));
  }
  return errors;
}

/** resource `validateQualifiedName`: an identifier, with or without its domain. */
export function deviceQualifiedNameErrors(name: string, field: string): readonly FieldError[] {
  const parts = name.split("/");
  const [first = "", second = ""] = parts;
  if (parts.length === 1) return identifierErrors(first, field);
  if (parts.length > 2) return [invalidValue(field, name, "must not contain more than one slash")];
  return [
    ...(first === ""
      ? [invalidValue(field, "", "the domain must not be empty")]
      : driverNameErrors(first, field)),
    ...(second === ""
      ? [invalidValue(field, "", "the name must not be empty")]
      : identifierErrors(second, field)),
  ];
}

/** resource `validateFullyQualifiedName`. */
export function fullyQualifiedNameErrors(name: string, field: string): readonly FieldError[] {
  const errors = deviceQualifiedNameErrors(name, field);
  if (name.includes("/")) return errors;
  const why = "a fully qualified name must be a domain and a name separated by a slash";
  return [...errors, invalidValue(field, name, why)];
}

function identifierErrors(name: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (byteLength(name) > LONGEST_IDENTIFIER) errors.push(tooLong(field, LONGEST_IDENTIFIER));
  return [...errors, ...invalidEach(field, name, cIdentifierErrors(name))];
}
