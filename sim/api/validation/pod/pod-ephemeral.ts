import { sameValue } from "../../kinds/same-value.ts";
import type { Pod } from "../../types.gen.ts";
import { type FieldError, forbiddenField } from "../field-error.ts";
import { goQuote } from "../go-text.ts";
import { goLines } from "../go-value.ts";
import { lineDiff } from "../line-diff.ts";
import { MIRROR_POD } from "./pod-annotations.ts";
import { changedPodErrors } from "./pod-update.ts";

/** core `ValidatePodEphemeralContainersUpdate`: debug containers come, and then stay as they are. */
export function ephemeralContainerErrors(next: Pod, before: Pod): readonly FieldError[] {
  if (before.metadata.annotations?.[MIRROR_POD] !== undefined) {
    // A path without a name prints as an empty index.
    return [forbiddenField("[]", "static pods do not support ephemeral containers")];
  }
  const errors: FieldError[] = [...changedPodErrors(next, before)];
  const field = "spec.ephemeralContainers";
  const kept = new Map((next.spec?.ephemeralContainers ?? []).map((one) => [one.name, one]));
  for (const old of before.spec?.ephemeralContainers ?? []) {
    const now = kept.get(old.name);
    const what = `existing ephemeral containers ${goQuote(old.name)}`;
    if (now === undefined) errors.push(forbiddenField(field, `${what} may not be removed\n`));
    else if (!sameValue(now, old)) {
      const type = "EphemeralContainer";
      const difference = lineDiff(goLines(type, old), goLines(type, now));
      errors.push(forbiddenField(field, `${what} may not be changed\n${difference}`));
    }
  }
  return errors;
}
