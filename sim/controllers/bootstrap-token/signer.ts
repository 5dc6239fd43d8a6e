import { isApiError } from "../../api/api-error.ts";
import type { Client } from "../../api/client.ts";
import { encodeBase64 } from "../../api/kinds/base64.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { keyOf } from "../../api/object.ts";
import type { Secret } from "../../api/types.gen.ts";
import { signature } from "../../engine/digest.ts";
import type { Micros } from "../../engine/time.ts";
import type { Controller } from "../runtime/controller.ts";
import { isToken, signingToken, TOKEN_NAMESPACE } from "./token.ts";

/** What machines that join read before they trust anybody, and what of it is signed. */
const CLUSTER_INFO = "kube-public/cluster-info";
const CONTENT = "kubeconfig";
const SIGNATURE = "jws-kubeconfig-";

/**
 * Signs the ConfigMap that machines read when they join with every token that may sign, so that who has a token can
 * trust it. Runs when it is enabled, as kubeadm does.
 */
export function bootstrapSigner(): Controller {
  return {
    name: "bootstrap-signer-controller",
    for: "ConfigMap",
    concerns: (after) => after !== undefined && keyOf(after) === CLUSTER_INFO,
    watches: [
      {
        kind: "Secret",
        keys: (after, before) => (isToken((after ?? before) as Secret) ? [CLUSTER_INFO] : []),
      },
    ],
    reconcile(key, { client, now }) {
      const info = client.get("ConfigMap", key);
      const content = info?.data?.[CONTENT];
      if (info === undefined || content === undefined) return;
      const rest = Object.entries(info.data ?? {}).filter(([name]) => !name.startsWith(SIGNATURE));
      const data = Object.fromEntries([...rest, ...signatures(client, content, now)]);
      if (deepEqual(data, info.data)) return;
      try {
        client.update("ConfigMap", { ...info, data });
      } catch (error) {
        // Somebody else changed it: that comes by as a notification.
        if (!isApiError(error, "Conflict") && !isApiError(error, "NotFound")) throw error;
      }
    },
  };
}

function* signatures(
  client: Client,
  content: string,
  now: Micros,
): Iterable<readonly [name: string, signature: string]> {
  for (const secret of client.list("Secret", TOKEN_NAMESPACE)) {
    const token = isToken(secret) ? signingToken(secret, now) : undefined;
    if (token !== undefined) yield [`${SIGNATURE}${token.id}`, sign(content, token)];
  }
}

/** A signature apart from what it signs (JWS with HS256, RFC 7515 appendix F). */
function sign(content: string, { id, secret }: { id: string; secret: string }): string {
  const header = forAddresses(JSON.stringify({ alg: "HS256", kid: id }));
  return `${header}..${signature(secret, `${header}.${forAddresses(content)}`)}`;
}

/** Base64 for addresses. */
function forAddresses(text: string): string {
  return encodeBase64(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
