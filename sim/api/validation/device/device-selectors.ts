import { checkTypes, compile } from "../../cel/program.ts";
import { givesOther, type Names } from "../../cel/typed/check.ts";
import { type CelType, simple, typeText, UNKNOWN } from "../../cel/typed/types.ts";
import type { DeviceSelector } from "../../types.gen.ts";
import { type FieldError, invalidValue, required, tooLong, tooMany } from "../field-error.ts";

const MOST_SELECTORS = 32;
const LONGEST_EXPRESSION = 10 * 1024;

const TEXT = simple("string");
const BY_DOMAIN: CelType = {
  kind: "map",
  key: TEXT,
  value: { kind: "map", key: TEXT, value: UNKNOWN },
};
const FIELDS: Readonly<Record<string, CelType>> = {
  driver: TEXT,
  allowMultipleAllocations: simple("bool"),
  attributes: BY_DOMAIN,
  capacity: BY_DOMAIN,
};

/** What expressions about devices know. */
const names: Names = new Map<string, CelType>([
  [
    "device",
    {
      kind: "object",
      name: "kubernetes.DRADevice",
      field: (name) => (Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined),
    },
  ],
]);

/** resource `validateSelectors`: what keeps selectors of devices from selecting. */
export function selectorErrors(
  selectors: readonly DeviceSelector[],
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (selectors.length > MOST_SELECTORS) {
    errors.push(tooMany(path, selectors.length, MOST_SELECTORS));
  }
  selectors.forEach(({ cel }, index) => {
    const at = `${path}[${index}].cel`;
    const expression = cel?.expression ?? "";
    if (cel === undefined) errors.push(required(at, ""));
    else if (expression === "") errors.push(required(`${at}.expression`, ""));
    else if (expression.length > LONGEST_EXPRESSION) {
      errors.push(tooLong(`${at}.expression`, LONGEST_EXPRESSION));
    } else {
      const why = problemOf(expression);
      if (why !== undefined) errors.push(invalidValue(`${at}.expression`, expression, why));
    }
  });
  return errors;
}

/** Why an expression cannot be compiled, or is none about whether a device is wanted. */
function problemOf(expression: string): string | undefined {
  const checked = checkTypes(expression, names);
  const problem = checked?.problem ?? compile(expression).problem;
  if (problem !== undefined) return `compilation failed: ${problem}`;
  if (checked === undefined || !givesOther(checked, ["bool"])) return undefined;
  return `must evaluate to bool or the unknown type, not ${typeText(checked.type)}`;
}
