import { ApiError, internalError } from "../api-error.ts";
import { makeKey } from "../object.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import type {
  EndpointSlice,
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "../types.gen.ts";
import { celValue, evaluate } from "./expression.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "./plugin.ts";
import { matchesTarget, requestFacts } from "./rule-match.ts";

/**
 * How a webhook answers: declared on its configuration as the annotation `ksim.dev/webhooks`, a JSON object of these by
 * the webhook's name. One without a declaration lets everything pass, as long as its Service has a ready endpoint.
 */
export interface WebhookBehaviour {
  /** Does not answer: `timeout` waits for it in vain, `refused` finds nobody listening. */
  readonly down?: boolean | "timeout" | "refused";
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
const parsed = new Map<string, Readonly<Record<string, WebhookBehaviour>>>();

type Webhook = ValidatingWebhook | MutatingWebhook;

/** Lets declared webhooks change objects. */
export const mutatingWebhook: AdmissionPlugin = {
  name: "MutatingAdmissionWebhook",
  mutate(request, reader) {
    let { object } = request;
    for (const configuration of reader.list("MutatingWebhookConfiguration")) {
      const { webhooks = [], metadata } = configuration as MutatingWebhookConfiguration;
      for (const webhook of webhooks) {
        const seen = { ...request, object };
        if (!concerns(webhook, seen, reader)) continue;
        const behaviour = behaviourOf(metadata.annotations, webhook.name);
        const { patch } = call(webhook, behaviour, seen, reader);
        if (patch !== undefined) object = applyJsonPatch(object, patch);
      }
    }
    return object;
  },
};

/** Lets declared webhooks refuse requests. */
export const validatingWebhook: AdmissionPlugin = {
  name: "ValidatingAdmissionWebhook",
  validate(request, reader) {
    for (const configuration of reader.list("ValidatingWebhookConfiguration")) {
      const { webhooks = [], metadata } = configuration as ValidatingWebhookConfiguration;
      for (const webhook of webhooks) {
        if (!concerns(webhook, request, reader)) continue;
        call(webhook, behaviourOf(metadata.annotations, webhook.name), request, reader);
      }
    }
  },
};

function behaviourOf(
  annotations: Readonly<Record<string, string>> | undefined,
  name: string,
): WebhookBehaviour | undefined {
  const text = annotations?.[ANNOTATION];
  if (text === undefined) return undefined;
  let behaviours = parsed.get(text);
  if (behaviours === undefined) {
    try {
      behaviours = JSON.parse(text) as Readonly<Record<string, WebhookBehaviour>>;
    } catch {
      behaviours = {};
    }
    parsed.set(text, behaviours);
  }
  return behaviours[name];
}

function concerns(webhook: Webhook, request: AdmissionRequest, reader: AdmissionReader): boolean {
  if (request.descriptor.group === EXEMPT_GROUP) return false;
  const { rules = [], namespaceSelector, objectSelector, matchConditions = [] } = webhook;
  if (!matchesTarget({ rules, namespaceSelector, objectSelector }, request, reader)) return false;
  return matchConditions.every(({ expression }) => {
    const outcome = evaluate(expression, variablesOf(request));
    return !("value" in outcome) || outcome.value !== false;
  });
}

function variablesOf(request: AdmissionRequest): Record<string, unknown> {
  return {
    object: celValue(request.object),
    oldObject: celValue(request.before),
    request: requestFacts(request),
  };
}

/** Calls a webhook. Throws the `ApiError` of its refusal, or of its failure where that counts. */
function call(
  webhook: Webhook,
  behaviour: WebhookBehaviour | undefined,
  request: AdmissionRequest,
  reader: AdmissionReader,
): WebhookBehaviour {
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
  if (!isDenied(behaviour, request)) return behaviour;
  const { code = 403, reason = "Forbidden", message = "" } = behaviour;
  const why = message === "" ? " without explanation" : `: ${message}`;
  const text = `admission webhook ${JSON.stringify(webhook.name)} denied the request${why}`;
  throw new ApiError(code, reason, text);
}

function isDenied({ allow = true }: WebhookBehaviour, request: AdmissionRequest): boolean {
  if (typeof allow === "boolean") return !allow;
  const outcome = evaluate(allow, variablesOf(request));
  return !("value" in outcome) || outcome.value !== true;
}

function urlOf({ clientConfig }: Webhook): string {
  const { service, url } = clientConfig;
  if (service === undefined) return url ?? "";
  const { name, namespace, path = "", port = 443 } = service;
  return `https://${name}.${namespace}.svc:${port}${path}`;
}

/** Why a webhook cannot be reached; undefined when it can. */
function failureOf(
  { clientConfig }: Webhook,
  behaviour: WebhookBehaviour | undefined,
  reader: AdmissionReader,
): string | undefined {
  const { service } = clientConfig;
  if (behaviour?.down === "refused") return "connect: connection refused";
  if (behaviour?.down !== undefined && behaviour.down !== false) return "context deadline exceeded";
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
