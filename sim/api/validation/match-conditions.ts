import { compile } from "../cel/program.ts";
import { duplicate, type FieldError, invalidValue, required, tooMany } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { qualifiedNameErrors } from "./names.ts";

const MOST = 64;

/** admissionregistration `validateMatchConditions`. */
export function matchConditionErrors(
  conditions: readonly { readonly name?: string; readonly expression?: string }[],
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (conditions.length > MOST) errors.push(tooMany(path, conditions.length, MOST));
  const seen = new Set<string>();
  conditions.forEach(({ name = "", expression = "" }, index) => {
    const at = `${path}[${index}]`;
    if (expression.trim() === "") errors.push(required(`${at}.expression`, ""));
    else errors.push(...expressionErrors(expression, `${at}.expression`));
    if (name === "") errors.push(required(`${at}.name`, ""));
    else errors.push(...invalidEach(`${at}.name`, name, qualifiedNameErrors(name)));
    if (name !== "" && seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
  });
  return errors;
}

/** What keeps an expression from being compiled. */
export function expressionErrors(expression: string, field: string): readonly FieldError[] {
  const { problem } = compile(expression);
  return problem === undefined
    ? []
    : [invalidValue(field, expression, `compilation failed: ${problem}`)];
}
