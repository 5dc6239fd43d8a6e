import { isApiError } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import { parseTimestamp, timestamp } from "../api/meta/time.ts";
import { keyOf } from "../api/object.ts";
import type { Pod, Secret, Volume } from "../api/types.gen.ts";
import { HOUR, type Micros } from "../engine/time.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { accountOf, isToken } from "./service-account-tokens.ts";

const DAY: Micros = 24 * HOUR;
/** `--legacy-service-account-token-clean-up-period`: how long nobody used a token before it is given up. */
const UNUSED: Micros = 365 * DAY;
/** Since when the API server takes down who uses tokens; from the start where nobody says so. */
const TRACKING = "kube-system/kube-apiserver-legacy-service-account-token-tracking";
const LAST_USED = "kubernetes.io/legacy-token-last-used";
const INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";

/**
 * Gives up service accounts' token Secrets that the account lists, no pod mounts, and nobody used for a year: it marks
 * them as invalid, and deletes them after another year. Looks once a day, at those whose time has come.
 */
export function legacyTokenCleaner(): Controller {
  return {
    name: "legacy-serviceaccount-token-cleaner-controller",
    for: "Secret",
    concerns: (after) => after !== undefined && isToken(after),
    reads: ["ServiceAccount", "Pod", "ConfigMap"],
    reconcile(key, context) {
      const { client, now } = context;
      const secret = client.get("Secret", key);
      if (secret === undefined || !isToken(secret)) return undefined;
      const due = dueAt(secret, client);
      if (due === undefined) return undefined;
      const sweep = Math.ceil(Math.max(due, now) / DAY) * DAY;
      if (now < sweep) return { requeueAfter: sweep - now };
      if (!isGivenUp(secret, client)) return { requeueAfter: DAY };
      return giveUp(secret, context);
    },
  };
}

/** `2026-01-31` as the beginning of that day; `undefined` when it is no date. */
function dateOf(text: string | undefined): Micros | undefined {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text)
    ? parseTimestamp(`${text}T00:00:00Z`)
    : undefined;
}

/** From when on a token may be given up, by what is written of it; `undefined` when that cannot be read. */
function dueAt({ metadata }: Secret, client: Client): Micros | undefined {
  const since = dateOf(client.get("ConfigMap", TRACKING)?.data?.["since"]) ?? 0;
  const created = parseTimestamp(metadata.creationTimestamp) ?? 0;
  const { [LAST_USED]: lastUsed, [INVALID_SINCE]: invalid } = metadata.labels ?? {};
  const used = lastUsed === undefined ? Number.NEGATIVE_INFINITY : dateOf(lastUsed);
  if (used === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const marked = dateOf(invalid) ?? Number.NEGATIVE_INFINITY;
  // Days are counted whole: what happened on one counts until its end.
  return Math.max(since + DAY, created + 1, used + DAY, marked + DAY) + UNUSED;
}

/** Whether a token is one that was made by the cluster itself, and no pod needs it. */
function isGivenUp(secret: Secret, client: Client): boolean {
  const { name, namespace = "" } = secret.metadata;
  const account = accountOf(secret, client);
  if (account?.secrets?.some((one) => one.name === name) !== true) return false;
  for (const pod of client.list("Pod", namespace)) if (mentions(pod, name)) return false;
  return true;
}

/** Whether a pod's spec names a secret anywhere (upstream `VisitPodSecretNames`). */
function mentions({ spec }: Pod, name: string): boolean {
  const { volumes = [], imagePullSecrets = [] } = spec;
  const all = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ];
  const inEnvironment = all.some(
    ({ env = [], envFrom = [] }) =>
      env.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === name) ||
      envFrom.some(({ secretRef }) => secretRef?.name === name),
  );
  const inVolume = volumes.some(
    (volume) =>
      sources(volume).some((source) => namesIn(source).includes(name)) ||
      volume.projected?.sources?.some(({ secret }) => secret?.name === name) === true,
  );
  return inEnvironment || inVolume || imagePullSecrets.some((one) => one.name === name);
}

/** What a volume is made of: one thing, under the name of its kind. */
function sources(volume: Volume): readonly object[] {
  return Object.values(volume).filter((value) => typeof value === "object");
}

/** The names of secrets in a source, whichever kind it is. */
function namesIn(source: object): readonly (string | undefined)[] {
  const { secretName, secretRef, nodePublishSecretRef } = source as {
    readonly secretName?: string;
    readonly secretRef?: { readonly name?: string };
    readonly nodePublishSecretRef?: { readonly name?: string };
  };
  return [secretName, secretRef?.name, nodePublishSecretRef?.name];
}

function giveUp(secret: Secret, { client, now }: ReconcileContext): { requeueAfter: Micros } {
  const { labels, resourceVersion } = secret.metadata;
  const marked = dateOf(labels?.[INVALID_SINCE]) !== undefined;
  try {
    if (marked) client.delete("Secret", keyOf(secret), { preconditions: { resourceVersion } });
    else {
      const metadata = {
        ...secret.metadata,
        labels: { ...labels, [INVALID_SINCE]: timestamp(now).slice(0, 10) },
      };
      client.update("Secret", { ...secret, metadata });
    }
  } catch (error) {
    if (!isApiError(error, "Conflict") && !isApiError(error, "NotFound")) throw error;
  }
  return { requeueAfter: DAY };
}
