import { ApiError, badRequest, forbidden, internalError } from "../api-error.ts";
import { evaluate } from "../cel/program.ts";
import { applyDefaults } from "../kinds/strategy.ts";
import { deepEqual } from "../meta/equal.ts";
import { type KubeObject, makeKey } from "../object.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import type {
  EndpointSlice,
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "../types.gen.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./plugin.ts";
import { conditionsHold, requestVariables } from "./policy/expressions.ts";
import { reinvocationOf } from "./reinvocation.ts";
import { matchesTarget } from "./rule-match.ts";

/**
 * How a webhook answers: declared on its configuration as the annotation `ksim.dev/webhooks`, a JSON object of these (or of lists
 * of these: the first whose `when` holds counts) by the webhook's name. One without a declaration lets everything pass, as long as its Service has a ready endpoint.
 */
export interface WebhookBehaviour {
  /** CEL over `object`, `oldObject` and `request`: in which cases this is the answer; in all when absent. */
  readonly when?: string;
  /** Does not answer: `timeout` waits for it in vain, `refused` finds nobody listening. */
  readonly down?: boolean | "timeout" | "refused";
  /** How long it takes to answer: in vain when that is longer than the webhook's timeout. */
  readonly delaySeconds?: number;
  /** CEL over `object`, `oldObject` and `request`: requests for which it is false are denied. */
  readonly allow?: boolean | string;
  readonly message?: string;
  /** HTTP code of a denial; 403 when absent. */
  readonly code?: number;
  readonly reason?: string;
  readonly warnings?: readonly string[];
  /** JSON patch that a mutating webhook answers. */
  readonly patch?: readonly unknown[];
}

const ANNOTATION = "ksim.dev/webhooks";
/** Configurations of webhooks are beyond webhooks: a bad one must stay removable. */
const EXEMPT_GROUP = "admissionregistration.k8s.io";
const DEFAULT_TIMEOUT_SECONDS = 10;
type Declared = Readonly<Record<string, WebhookBehaviour | readonly WebhookBehaviour[]>>;
const parsed = new Map<string, Declared>();
const MOST_PARSED = 1000;

type Webhook = ValidatingWebhook | MutatingWebhook;

const MUTATING = "MutatingAdmissionWebhook";

/** Lets declared webhooks change objects. */
export const mutatingWebhook: AdmissionPlugin = {
  name: MUTATING,
  idleWithout: "MutatingWebhookConfiguration",
  mutate(request, reader) {
    const configurations = inOrder(reader, "MutatingWebhookConfiguration");
    if (configurations.length === 0) return request.object;
    const round = reinvocationOf(request).round(MUTATING);
    round.begin(request.object);
    let { object } = request;
    for (const configuration of configurations) {
      const { webhooks = [], metadata } = configuration as MutatingWebhookConfiguration;
      for (const webhook of webhooks) {
        const key = `${metadata.name}/${webhook.name}`;
        const seen = { ...request, object };
        if (!round.includes(key) || !concerns(webhook, seen, reader)) continue;
        const next = askToChange(webhook, metadata.annotations, seen, reader);
        round.invoked(key, !deepEqual(object, next), webhook.reinvocationPolicy);
        object = next;
      }
    }
    round.end(object);
    return object;
  },
  // A deletion has no object to change: such webhooks are asked whether it may be.
  validate(request, reader) {
    if (request.operation === "DELETE") judge("MutatingWebhookConfiguration", request, reader);
  },
};

function askToChange(
  webhook: MutatingWebhook,
  annotations: Readonly<Record<string, string>> | undefined,
  seen: AdmissionRequest & { readonly object: KubeObject },
  reader: AdmissionReader,
): KubeObject {
  const behaviour = behaviourOf(annotations, webhook.name, seen, reader);
  const { patch } = call(webhook, behaviour, seen, reader);
  if (patch === undefined) return seen.object;
  return applyDefaults(seen.descriptor, applyJsonPatch(seen.object, patch));
}

/** Upstream goes through configurations by name. */
const NONE: readonly KubeObject[] = [];

function inOrder(reader: AdmissionReader, kind: string): readonly KubeObject[] {
  let all: KubeObject[] | undefined;
  for (const configuration of reader.list(kind)) {
    all ??= [];
    all.push(configuration);
  }
  if (all === undefined) return NONE;
  return all.length < 2
    ? all
    : all.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
}

function judge(kind: string, request: AdmissionRequest, reader: AdmissionReader): void {
  for (const configuration of inOrder(reader, kind)) {
    const { webhooks = [], metadata } = configuration as ValidatingWebhookConfiguration;
    for (const webhook of webhooks) {
      if (!concerns(webhook, request, reader)) continue;
      const behaviour = behaviourOf(metadata.annotations, webhook.name, request, reader);
      call(webhook, behaviour, request, reader);
    }
  }
}

/** Lets declared webhooks refuse requests. */
export const validatingWebhook: AdmissionPlugin = {
  name: "ValidatingAdmissionWebhook",
  idleWithout: "ValidatingWebhookConfiguration",
  validate(request, reader) {
    judge("ValidatingWebhookConfiguration", request, reader);
  },
};

function behaviourOf(
  annotations: Readonly<Record<string, string>> | undefined,
  name: string,
  request: AdmissionRequest,
  reader: AdmissionReader,
): WebhookBehaviour | undefined {
  const text = annotations?.[ANNOTATION];
  if (text === undefined) return undefined;
  let behaviours = parsed.get(text);
  if (behaviours === undefined) {
    try {
      behaviours = JSON.parse(text) as Declared;
    } catch {
      behaviours = {};
    }
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(text, behaviours);
  }
  const declared = behaviours[name];
  if (!isList(declared)) return declared;
  const holds = ({ when }: WebhookBehaviour): boolean => {
    if (when === undefined) return true;
    const outcome = evaluate(when, requestVariables(request, reader));
    return "value" in outcome && outcome.value === true;
  };
  return declared.find(holds) ?? {};
}

function isList(
  declared: WebhookBehaviour | readonly WebhookBehaviour[] | undefined,
): declared is readonly WebhookBehaviour[] {
  return Array.isArray(declared);
}

function concerns(webhook: Webhook, request: AdmissionRequest, reader: AdmissionReader): boolean {
  if (request.descriptor.group === EXEMPT_GROUP) return false;
  const { rules = [], namespaceSelector, objectSelector, matchConditions = [] } = webhook;
  if (!matchesTarget({ rules, namespaceSelector, objectSelector }, request, reader)) return false;
  if (matchConditions.length === 0) return true;
  const held = conditionsHold(matchConditions, requestVariables(request, reader));
  if (typeof held === "boolean") return held;
  if (webhook.failurePolicy === "Ignore") return false;
  throw forbidden(request.descriptor, request.name, held);
}

/** Side effects that a dry run cannot have. */
const DRY_RUN_SAFE = new Set(["None", "NoneOnDryRun"]);

/** Calls a webhook. Throws the `ApiError` of its refusal, or of its failure where that counts. */
function call(
  webhook: Webhook,
  behaviour: WebhookBehaviour | undefined,
  request: AdmissionRequest,
  reader: AdmissionReader,
): WebhookBehaviour {
  if (request.dryRun && !DRY_RUN_SAFE.has(webhook.sideEffects))
    throw badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
  const failure = failureOf(webhook, behaviour, reader);
  if (failure !== undefined) {
    if (webhook.failurePolicy === "Ignore") return {};
    const seconds = webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    const post = `Post "${urlOf(webhook)}?timeout=${seconds}s"`;
    throw internalError(
      `failed calling webhook ${JSON.stringify(webhook.name)}: failed to call webhook: ${post}: ${failure}`,
    );
  }
  if (behaviour === undefined) return {};
  request.warnings.push(...(behaviour.warnings ?? []));
  if (!isDenied(behaviour, request, reader)) return behaviour;
  const { code = 403, reason = "Forbidden", message = "" } = behaviour;
  const why = message === "" ? " without explanation" : `: ${message}`;
  const text = `admission webhook ${JSON.stringify(webhook.name)} denied the request${why}`;
  throw new ApiError(code, reason, text);
}

function isDenied(
  { allow = true }: WebhookBehaviour,
  request: AdmissionRequest,
  reader: AdmissionReader,
): boolean {
  if (typeof allow === "boolean") return !allow;
  const outcome = evaluate(allow, requestVariables(request, reader));
  return !("value" in outcome) || outcome.value !== true;
}

function urlOf({ clientConfig }: Webhook): string {
  const { service, url } = clientConfig;
  if (service === undefined) return url ?? "";
  const { name, namespace, path = "/", port = 443 } = service;
  return `https://${name}.${namespace}.svc:${port}${path}`;
}

/** Why a webhook cannot be reached; undefined when it can. */
function failureOf(
  { clientConfig, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS }: Webhook,
  behaviour: WebhookBehaviour | undefined,
  reader: AdmissionReader,
): string | undefined {
  const { service } = clientConfig;
  if (behaviour?.down === "refused") return "connect: connection refused";
  if (behaviour?.down !== undefined && behaviour.down !== false) return "context deadline exceeded";
  if ((behaviour?.delaySeconds ?? 0) > timeoutSeconds) return "context deadline exceeded";
  if (behaviour !== undefined || service === undefined) return undefined;
  const { name, namespace } = service;
  if (reader.get("Service", makeKey(namespace, name)) === undefined)
    return `service ${JSON.stringify(name)} not found`;
  for (const object of reader.list("EndpointSlice", namespace)) {
    const slice = object as EndpointSlice;
    if (slice.metadata.labels?.["kubernetes.io/service-name"] !== name) continue;
    if (slice.endpoints?.some(({ conditions }) => conditions?.ready !== false) === true)
      return undefined;
  }
  return `no endpoints available for service ${JSON.stringify(name)}`;
}
