import { type FieldError, invalidValue, required } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { dnsSubdomainErrors } from "./names.ts";

/** A path without `..` among its parts (core `validatePathNoBacksteps`). */
export function backstepErrors(path: string, field: string): readonly FieldError[] {
  if (!path.includes("..") || !path.split("/").includes("..")) return [];
  return [invalidValue(field, path, "must not contain '..'")];
}

/** A path that stays below where it starts (core `validateLocalDescendingPath`). */
export function descendingPathErrors(path: string, field: string): readonly FieldError[] {
  const absolute = path.startsWith("/");
  const errors = backstepErrors(path, field);
  return absolute ? [invalidValue(field, path, "must be a relative path"), ...errors] : errors;
}

/** The same for files that kubelets write: names that start with two dots are their own (core `ValidateLocalNonReservedPath`). */
export function freePathErrors(path: string, field: string): readonly FieldError[] {
  const errors = descendingPathErrors(path, field);
  if (!path.startsWith("..") || path.startsWith("../")) return errors;
  return [...errors, invalidValue(field, path, "must not start with '..'")];
}

const PATH_PATTERN = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** apimachinery `IsDomainPrefixedPath`: `domain/path`. */
export function domainPrefixedPathErrors(text: string, field: string): readonly FieldError[] {
  if (text === "") return [required(field, "")];
  const at = text.indexOf("/");
  const [host, path] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  if (host === "" || path === "") {
    const why = 'must be a domain-prefixed path (such as "acme.io/foo")';
    return [invalidValue(field, text, why)];
  }
  const errors = [...invalidEach(field, host, dnsSubdomainErrors(host))];
  if (!PATH_PATTERN.test(path)) {
    const why = `Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`;
    errors.push(invalidValue(field, path, why));
  }
  return errors;
}
