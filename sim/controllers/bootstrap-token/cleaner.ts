import { isApiError } from "../../api/api-error.ts";
import type { Secret } from "../../api/types.gen.ts";
import type { Controller } from "../runtime/controller.ts";
import { expiryOf, isToken } from "./token.ts";

/** Deletes tokens with which machines may join when they end. Runs when it is enabled, as kubeadm does. */
export function tokenCleaner(): Controller {
  return {
    name: "token-cleaner-controller",
    for: "Secret",
    concerns: (after) => after !== undefined && isToken(after as Secret),
    reconcile(key, { client, now }) {
      const secret = client.get("Secret", key);
      const end = secret !== undefined && isToken(secret) ? expiryOf(secret) : undefined;
      if (secret === undefined || end === undefined) return undefined;
      if (now < end) return { requeueAfter: end - now };
      try {
        client.delete("Secret", key, { preconditions: { uid: secret.metadata.uid } });
      } catch (error) {
        if (!isApiError(error, "Conflict") && !isApiError(error, "NotFound")) throw error;
      }
      return undefined;
    },
  };
}
