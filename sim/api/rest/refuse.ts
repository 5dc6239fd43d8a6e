import { invalid, type KindNames } from "../api-error.ts";
import type { FieldError } from "../validation/field-error.ts";

/** Throws 422 when there are errors. */
export function refuse(of: KindNames, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(of, name, errors);
}
