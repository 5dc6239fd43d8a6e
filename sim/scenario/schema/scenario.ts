import { verbs } from "../verbs/registry.ts";
import {
  cluster,
  expectation,
  expression,
  flag,
  identifier,
  measure,
  metadata,
  params,
  quiz,
} from "./parts.ts";
import {
  anyOf,
  described,
  type Infer,
  integer,
  type JsonSchema,
  list,
  object,
  oneOf,
  optional,
  text,
} from "./schema.ts";
import { span } from "./units.ts";

/** The parts of a step that every verb shares. */
const stepParts = {
  id: described(optional(identifier), "Name of the step, for `after`, `since`, `from` and `to`."),
  at: described(optional(span), "When it happens, from the start of the run."),
  after: described(
    optional(anyOf("a step's id or a list of them", text(), list(text()))),
    "Happens when these steps are done; after the step above when neither `at` nor `after` is there.",
  ),
  delay: described(optional(span), "How long after `after`."),
  every: described(optional(span), "Happens again and again, this far apart."),
  until: described(optional(span), "Last time for `every`, from the start of the run."),
  times: described(optional(integer({ minimum: 1 })), "How often `every` happens at most."),
  when: described(optional(expression), "Happens only if this holds at its time."),
  mayFail: described(
    optional(flag),
    "The API may refuse what it does; otherwise a refusal fails the run.",
  ),
  say: described(optional(text()), "What the reader is told. Never alters the run."),
  quiz: described(optional(quiz), "A question to the reader. Never alters the run."),
  checkpoint: described(optional(identifier), "A name for this instant. Never alters the run."),
  expect: described(
    optional(anyOf("an expectation or a list of them", expectation, list(expectation))),
    "What must follow from here.",
  ),
};

const step = object(stepParts);
/** A step without its verb. */
export type StepSpec = Infer<typeof step>;

function stepSchema(): JsonSchema {
  const properties: Record<string, JsonSchema> = { ...(step.json["properties"] as object) };
  for (const { name, schema, description } of verbs)
    properties[name] = { ...schema.json, description };
  return { ...step.json, properties };
}

const spec = object({
  title: described(optional(text()), "One line for lists."),
  description: optional(text()),
  seed: described(
    optional(anyOf("a seed", text(), integer())),
    "A text; the same seed gives the same run.",
  ),
  duration: described(optional(span), "How long the run is; 10m when absent."),
  params: optional(params),
  cluster: optional(cluster),
  steps: { json: { type: "array", items: stepSchema() }, optional: true } as {
    json: JsonSchema;
    optional: true;
    type?: readonly StepSpec[];
  },
  expect: described(optional(list(expectation)), "What must be true of the run."),
  measure: described(optional(list(measure)), "What to measure, with thresholds."),
});

/** A scenario file. */
export const scenarioSchema = object({
  apiVersion: oneOf("ksim.dev/v1"),
  kind: oneOf("Scenario"),
  metadata,
  spec,
});
export type ScenarioSpec = Infer<typeof scenarioSchema>;
