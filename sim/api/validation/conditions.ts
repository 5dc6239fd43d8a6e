import type { Condition } from "../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { qualifiedNameErrors } from "./names.ts";

const STATUSES = ["False", "True", "Unknown"];
const LONGEST_REASON = 1024;
const LONGEST_MESSAGE = 32 * 1024;
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const REASON_TEXT =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

/** meta `ValidateConditions`: each type once, with what every condition has. */
export function conditionErrors(
  conditions: readonly Condition[],
  path: string,
): readonly FieldError[] {
  return conditions.flatMap((condition, index) => {
    const at = `${path}[${index}]`;
    const { type = "", status = "", observedGeneration = 0, lastTransitionTime } = condition;
    const { reason = "", message = "" } = condition;
    const errors: FieldError[] = [];
    if (conditions.findIndex((one) => one.type === type) < index)
      errors.push(duplicate(`${at}.type`, type));
    errors.push(...invalidEach(`${at}.type`, type, qualifiedNameErrors(type)));
    if (!STATUSES.includes(status)) errors.push(notSupported(`${at}.status`, status, STATUSES));
    if (observedGeneration < 0) {
      const why = "must be greater than or equal to zero";
      errors.push(invalidValue(`${at}.observedGeneration`, observedGeneration, why));
    }
    if (!lastTransitionTime) errors.push(required(`${at}.lastTransitionTime`, "must be set"));
    if (reason === "") errors.push(required(`${at}.reason`, "must be set"));
    else {
      if (!REASON.test(reason)) errors.push(invalidValue(`${at}.reason`, reason, REASON_TEXT));
      if (reason.length > LONGEST_REASON) errors.push(tooLong(`${at}.reason`, LONGEST_REASON));
    }
    if (message.length > LONGEST_MESSAGE) errors.push(tooLong(`${at}.message`, LONGEST_MESSAGE));
    return errors;
  });
}
