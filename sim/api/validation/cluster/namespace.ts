import type { Namespace } from "../../types.gen.ts";
import { type FieldError, invalidValue } from "../field-error.ts";
import { finalizerNameErrors } from "../meta.ts";

/** core `ValidateNamespace`, without metadata. */
export function namespaceErrors({ spec }: Namespace): readonly FieldError[] {
  return (spec?.finalizers ?? []).flatMap((name) => finalizerNameErrors(name, "spec.finalizers"));
}

/** core `ValidateNamespaceFinalizeUpdate`, without metadata. */
export function namespaceFinalizeErrors({ spec }: Namespace): readonly FieldError[] {
  return (spec?.finalizers ?? []).flatMap((name, index) =>
    finalizerNameErrors(name, `spec.finalizers[${index}]`),
  );
}

/** core `ValidateNamespaceStatusUpdate`, without metadata: the phase follows deletion. */
export function namespaceStatusErrors({ metadata, status }: Namespace): readonly FieldError[] {
  const deleted = metadata.deletionTimestamp !== undefined;
  const phase = deleted ? "Terminating" : "Active";
  if (status?.phase === phase) return [];
  const state = deleted ? "not empty" : "empty";
  const why = `may only be '${phase}' if \`deletionTimestamp\` is ${state}`;
  return [invalidValue("status.Phase", status?.phase ?? "", why)];
}
