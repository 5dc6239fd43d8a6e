import { type FieldError, invalidValue } from "./field-error.ts";

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
