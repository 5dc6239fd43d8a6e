import { type FieldError, invalidValue } from "./field-error.ts";

/** A path that stays below where it starts. */
export function descendingPathErrors(path: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (path.startsWith("/")) errors.push(invalidValue(field, path, "must be a relative path"));
  if (path.split("/").includes("..")) {
    errors.push(invalidValue(field, path, "must not contain '..'"));
  }
  return errors;
}
