import type { Names } from "../../cel/typed/check.ts";
import { duplicate, type FieldError, required, tooMany } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { qualifiedNameErrors } from "../names.ts";
import { admissionNames, expressionErrors } from "./admission-expressions.ts";

const MOST = 64;

/** admissionregistration `validateMatchConditions`. */
export function matchConditionErrors(
  conditions: readonly { readonly name?: string; readonly expression?: string }[],
  path: string,
  names: Names = admissionNames,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (conditions.length > MOST) errors.push(tooMany(path, conditions.length, MOST));
  const seen = new Set<string>();
  conditions.forEach(({ name = "", expression = "" }, index) => {
    const at = `${path}[${index}]`;
    if (expression.trim() === "") errors.push(required(`${at}.expression`, ""));
    else errors.push(...expressionErrors(expression, `${at}.expression`, names, ["bool"]));
    if (name === "") errors.push(required(`${at}.name`, ""));
    else errors.push(...invalidEach(`${at}.name`, name, qualifiedNameErrors(name)));
    if (name !== "" && seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
  });
  return errors;
}
