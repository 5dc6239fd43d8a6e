import { parseSpan } from "../../engine/time.ts";
import { compileExpression, ExpressionError } from "../expect/expression.ts";
import { expression } from "../schema/parts.ts";
import { anyOf, described, type Infer, object, optional } from "../schema/schema.ts";
import { span } from "../schema/units.ts";
import { defineVerb } from "./verb.ts";

const schema = anyOf(
  "a duration, or an object with for and timeout",
  span,
  object({
    for: expression,
    timeout: described(optional(span), "How long at most; 5m when absent."),
  }),
);

interface Prepared {
  readonly span: number;
  readonly until: string | undefined;
}

/** Lets time pass, or waits for something to come true: the steps after it wait with it. */
export const wait = defineVerb<Infer<typeof schema>, Prepared>({
  name: "wait",
  description:
    "Lets time pass, or waits for something to come true; the steps after it wait with it.",
  schema,
  prepare: (value, { path, problem }) => {
    if (typeof value === "string") return { span: parseSpan(value) ?? 0, until: undefined };
    try {
      compileExpression(value.for);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      problem([...path, "for"], error.message, error.suggestion, error.offset);
    }
    return { span: parseSpan(value.timeout ?? "5m") ?? 0, until: value.for };
  },
  summary: (prepared) => (prepared.until === undefined ? "wait" : `wait for ${prepared.until}`),
  run: (prepared, { now, since, view, params, note }) => {
    const left = since + prepared.span - now;
    if (prepared.until === undefined) return left > 0 ? { again: left } : undefined;
    if (compileExpression(prepared.until).evaluate(view, params) === true) return undefined;
    if (left > 0) return { again: left, onChange: true };
    note(`gave up waiting for ${prepared.until}`);
    return undefined;
  },
});
