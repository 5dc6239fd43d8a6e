import { parseSpan } from "../../engine/time.ts";
import { type LoadSpec, parseLoad } from "../../network/load.ts";
import {
  anyObject,
  anyOf,
  bool,
  described,
  type Infer,
  list,
  number,
  object,
  optional,
  text,
} from "../schema/schema.ts";
import { span } from "../schema/units.ts";
import { defineVerb, type VerbContext } from "./verb.ts";

const rate = anyOf("requests a second", number({ minimum: 0 }), text());
const schema = object({
  service: described(text(), "The Service that is asked: `name` or `namespace/name`.", "web"),
  namespace: optional(text()),
  rate: described(optional(rate), "Requests a second.", 100, "10/s"),
  rates: described(
    optional(list(object({ from: optional(span), rate }))),
    "A rate that changes with the age of the load.",
  ),
  timeout: described(optional(span), "When a client gives up; 5s when absent."),
  lookup: described(
    optional(anyOf("a name or an object", text(), anyObject())),
    "A name that is looked up for each request.",
  ),
  client: described(
    optional(object({ node: optional(text()), zone: optional(text()) })),
    "Where the requests come from: a node, or a zone. Endpoints that are hinted for it get them (trafficDistribution); all alike when absent.",
  ),
  for: described(optional(span), "How long; until the end of the run when absent."),
  end: described(optional(bool()), "Ends the loads on this Service instead of beginning one."),
});
type Given = Infer<typeof schema>;

interface Prepared {
  readonly load: LoadSpec | undefined;
  readonly service: string;
  readonly end: boolean;
}

/** Sends requests to a Service, or ends that. The steps after it do not wait for the load's end. */
export const load = defineVerb<Given, Prepared>({
  name: "load",
  description: "Sends requests to a Service at a rate. `end: true` ends the loads on it.",
  schema,
  prepare: (value, { path, problem }) => {
    const { end = false, ...given } = value;
    const home = value.namespace ?? "default";
    const service = value.service.includes("/") ? value.service : `${home}/${value.service}`;
    if (end) return { load: undefined, service, end };
    try {
      return { load: limited(parseLoad(given), value.for), service, end };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problem(path, error.message);
      return { load: undefined, service, end };
    }
  },
  summary: ({ service, end, load: spec }) =>
    end ? `end of the load on ${service}` : `load on ${service}: ${ratesText(spec)}`,
  run: ({ load: spec, service, end }, context) => {
    if (end) endLoads(service, context);
    else if (spec !== undefined) context.cluster.traffic.start(spec);
    return undefined;
  },
});

/** A load that is over after a time: its last rate is none. */
function limited(spec: LoadSpec, lasting: string | undefined): LoadSpec {
  const until = lasting === undefined ? undefined : parseSpan(lasting);
  if (until === undefined) return spec;
  return {
    ...spec,
    rates: [...spec.rates.filter(({ from }) => from < until), { from: until, rate: 0 }],
  };
}

function ratesText(spec: LoadSpec | undefined): string {
  const rates = (spec?.rates ?? []).map((step) => step.rate);
  return `${rates.join(", then ")} requests a second`;
}

function endLoads(service: string, { cluster, note }: VerbContext): void {
  const found = cluster.traffic.loads().filter((one) => one.load.service === service);
  for (const { id } of found) cluster.traffic.stop(id);
  if (found.length === 0) note(`no load on ${service}`);
}
