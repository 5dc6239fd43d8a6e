import { decodeBase64Text } from "../../api/kinds/base64.ts";
import { parseTimestamp } from "../../api/meta/time.ts";
import type { Secret } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";

const TYPE = "bootstrap.kubernetes.io/token";
/** Where tokens that let machines join live. */
export const TOKEN_NAMESPACE = "kube-system";
const NAME = /^bootstrap-token-([a-z0-9]{6})$/;

/** Whether an object is the Secret of such a token. */
export function isToken({ metadata, type }: Secret): boolean {
  return type === TYPE && metadata.namespace === TOKEN_NAMESPACE;
}

function dataOf({ data }: Secret, key: string): string {
  return decodeBase64Text(data?.[key] ?? "");
}

/** When a token ends: `undefined` when it never does, long ago when nobody can read when. */
export function expiryOf(secret: Secret): Micros | undefined {
  const text = dataOf(secret, "expiration");
  return text === "" ? undefined : (parseTimestamp(text) ?? Number.NEGATIVE_INFINITY);
}

/** The halves of a token that may sign; `undefined` for one that may not, or no longer. */
export function signingToken(
  secret: Secret,
  now: Micros,
): { readonly id: string; readonly secret: string } | undefined {
  const [id, half] = [dataOf(secret, "token-id"), dataOf(secret, "token-secret")];
  if (id === "" || half === "" || NAME.exec(secret.metadata.name)?.[1] !== id) return undefined;
  if (now >= (expiryOf(secret) ?? Number.POSITIVE_INFINITY)) return undefined;
  return dataOf(secret, "usage-bootstrap-signing") === "true" ? { id, secret: half } : undefined;
}
