import { isApiError } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import { encodeBase64 } from "../api/kinds/base64.ts";
import { type Key, type KubeObject, keyOf, makeKey } from "../api/object.ts";
import type { Secret, ServiceAccount } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";
import { CERTIFICATE } from "./service-account.ts";

const TYPE = "kubernetes.io/service-account-token";
const NAME = "kubernetes.io/service-account.name";
const UID = "kubernetes.io/service-account.uid";

/** Fills the Secrets that somebody made for a service account's token, and deletes them with their account. */
export function serviceAccountTokens(): Controller {
  return {
    name: "serviceaccount-token-controller",
    for: "Secret",
    concerns: (after) => after !== undefined && isToken(after),
    watches: [
      {
        kind: "ServiceAccount",
        keys: (after, before, client) =>
          after?.metadata.uid === before?.metadata.uid || before === undefined
            ? []
            : tokensOf(before, client),
      },
    ],
    reconcile(key, { client }) {
      const secret = client.get("Secret", key);
      if (secret === undefined || !isToken(secret)) return;
      const account = accountOf(secret, client);
      try {
        if (account === undefined) {
          const { uid } = secret.metadata;
          client.delete("Secret", key, { preconditions: { uid } });
        } else {
          const filled = fill(secret, account);
          if (filled !== secret) client.update("Secret", filled);
        }
      } catch (error) {
        // Somebody else changed it: that comes by as a notification.
        if (!isApiError(error, "Conflict") && !isApiError(error, "NotFound")) throw error;
      }
    },
  };
}

/** Whether an object is a Secret for a service account's token. */
export function isToken(secret: KubeObject): boolean {
  return (secret as Secret).type === TYPE;
}

function tokensOf(account: KubeObject, client: Client): Key[] {
  const { namespace, name, uid } = account.metadata;
  return [...client.list("Secret", namespace)]
    .filter(
      (secret) =>
        isToken(secret) &&
        secret.metadata.annotations?.[NAME] === name &&
        secret.metadata.annotations[UID] === uid,
    )
    .map(keyOf);
}

/** The account that a token's Secret is for. */
export function accountOf({ metadata }: Secret, client: Client): ServiceAccount | undefined {
  const key = makeKey(metadata.namespace, metadata.annotations?.[NAME] ?? "");
  const uid = metadata.annotations?.[UID] ?? "";
  for (const account of [client.get("ServiceAccount", key), client.live("ServiceAccount", key)])
    if (account !== undefined && (uid === "" || uid === account.metadata.uid)) return account;
  return undefined;
}

function fill(secret: Secret, account: ServiceAccount): Secret {
  const { namespace = "", name, uid = "" } = account.metadata;
  const data = secret.data ?? {};
  const certificate = encodeBase64(CERTIFICATE);
  const space = data["namespace"] || encodeBase64(namespace);
  const subject = `system:serviceaccount:${namespace}:${name}`;
  const token = data["token"] || encodeBase64(`ksim.${subject}.${uid}.${secret.metadata.uid}`);
  if (data["ca.crt"] === certificate && data["namespace"] === space && data["token"] === token)
    return secret;
  const annotations = { ...secret.metadata.annotations, [NAME]: name, [UID]: uid };
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations },
    data: { ...data, "ca.crt": certificate, namespace: space, token },
  };
}
