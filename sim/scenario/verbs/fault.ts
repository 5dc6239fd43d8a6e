import { parseSpan } from "../../engine/time.ts";
import { faultTypes } from "../../faults/registry.ts";
import { suggestion } from "../schema/check.ts";
import { span } from "../schema/parts.ts";
import {
  anyObject,
  anyOf,
  described,
  type Infer,
  openObject,
  optional,
  text,
} from "../schema/schema.ts";
import { defineVerb } from "./verb.ts";

const schema = openObject({
  type: described(text(), "A name of `ksim list faults`.", "node-crash"),
  target: described(
    optional(anyOf("a name or an object", text(), anyObject())),
    "What it hits: {node}, {pod}, {selector}, {image} …",
  ),
  for: described(optional(span), "How long; for ever when absent."),
});
type Given = Infer<typeof schema>;

/** Lets something break. */
export const fault = defineVerb<Given, Given>({
  name: "fault",
  description: "Lets something break: a node, a container, an image, a controller.",
  schema,
  prepare: (value, { path, problem }) => {
    const names = faultTypes.map(({ name }) => name);
    if (!names.includes(value.type))
      problem(
        [...path, "type"],
        `unknown fault ${JSON.stringify(value.type)}`,
        suggestion(value.type, names),
      );
    return value;
  },
  summary: ({ type, target, for: span }) =>
    `fault ${type}${target === undefined ? "" : ` on ${targetText(target)}`}${span === undefined ? "" : ` for ${span}`}`,
  run: (value, { cluster }) => {
    const { for: span, ...spec } = value;
    const lasting = span === undefined ? undefined : parseSpan(span);
    cluster.faults.begin({ ...spec, ...(lasting === undefined ? {} : { for: lasting }) });
    return undefined;
  },
});

function targetText(target: unknown): string {
  if (typeof target === "string") return target;
  return Object.entries(target as object)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(", ");
}
