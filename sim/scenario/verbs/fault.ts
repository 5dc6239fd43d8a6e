import { ApiError } from "../../api/api-error.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { parseSpan } from "../../engine/time.ts";
import type { FaultType } from "../../faults/fault.ts";
import { faultTypes } from "../../faults/registry.ts";
import { suggestion } from "../schema/check.ts";
import {
  anyObject,
  anyOf,
  bool,
  described,
  type Infer,
  openObject,
  optional,
  text,
} from "../schema/schema.ts";
import { span } from "../schema/units.ts";
import { defineVerb, type PrepareContext, type VerbContext } from "./verb.ts";

const schema = openObject({
  type: described(text(), "A name of `ksim list faults`.", "node-crash"),
  target: described(
    optional(anyOf("a name or an object", text(), anyObject())),
    "What it hits: {node}, {pod}, {selector}, {image} …",
  ),
  for: described(optional(span), "How long; until it is ended when absent."),
  end: described(
    optional(bool()),
    "Ends the faults of this type and target instead of beginning one.",
  ),
});
type Given = Infer<typeof schema>;
const OWN = ["type", "target", "for", "end"];

/** Lets something break, or mends it. */
export const fault = defineVerb<Given, Given>({
  name: "fault",
  description:
    "Lets something break: a node, a container, an image, a controller. `end: true` mends it.",
  schema,
  prepare: (value, context) => {
    const type = faultTypes.find(({ name }) => name === value.type);
    if (type === undefined) {
      const names = faultTypes.map(({ name }) => name);
      context.problem(
        [...context.path, "type"],
        `unknown fault ${JSON.stringify(value.type)}`,
        suggestion(value.type, names),
      );
    } else checkParts(value, type, context);
    return value;
  },
  summary: ({ type, target, for: lasting, end }) => {
    const whom = target === undefined ? "" : ` on ${targetText(target)}`;
    if (end === true) return `end of fault ${type}${whom}`;
    return `fault ${type}${whom}${lasting === undefined ? "" : ` for ${lasting}`}`;
  },
  run: (value, context) => {
    try {
      if (value.end === true) end(value, context);
      else begin(value, context);
    } catch (error) {
      // What only the running cluster can know to be wrong: a node that is not there.
      if (error instanceof RangeError) throw new ApiError(400, "BadRequest", error.message);
      throw error;
    }
    return undefined;
  },
});

function begin({ for: lasting, end: _, ...spec }: Given, { cluster }: VerbContext): void {
  const span = lasting === undefined ? undefined : parseSpan(lasting);
  cluster.faults.begin({ ...spec, ...(span === undefined ? {} : { for: span }) });
}

function end({ type, target }: Given, { cluster, note }: VerbContext): void {
  const found = cluster.faults.active.filter(
    (active) =>
      active.fault.type === type &&
      (target === undefined || deepEqual(active.fault.target, target)),
  );
  for (const { id } of found) cluster.faults.end(id);
  if (found.length === 0) note(`no fault ${type} was on`);
}

function checkParts(value: Given, type: FaultType, { path, problem }: PrepareContext): void {
  const known = [...OWN, ...Object.keys(type.parameters)];
  for (const [key, given] of Object.entries(value)) {
    const parameter = type.parameters[key];
    if (!known.includes(key))
      problem(
        [...path, key],
        `unknown parameter ${JSON.stringify(key)} of ${type.name}`,
        suggestion(key, known),
      );
    else if (parameter?.enum !== undefined && !parameter.enum.includes(String(given)))
      problem(
        [...path, key],
        `expected one of ${parameter.enum.join(", ")}, got ${JSON.stringify(given)}`,
        suggestion(String(given), parameter.enum),
      );
    else if (parameter?.type === "duration" && parseSpan(String(given)) === undefined)
      problem([...path, key], `expected a duration like 30s, got ${JSON.stringify(given)}`);
  }
  if (typeof value.target !== "object") return;
  for (const key of Object.keys(value.target)) {
    if (!type.targets.includes(key))
      problem(
        [...path, "target", key],
        `unknown key ${JSON.stringify(key)} of the target of ${type.name}`,
        suggestion(key, type.targets),
      );
  }
}

function targetText(target: unknown): string {
  if (typeof target === "string") return target;
  return Object.entries(target as object)
    .map(
      ([key, value]) =>
        `${key} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`,
    )
    .join(", ");
}
