import { isApiError } from "../../api/api-error.ts";
import { parseTimestamp } from "../../api/meta/time.ts";
import type { CertificateSigningRequest } from "../../api/types.gen.ts";
import { HOUR, type Micros } from "../../engine/time.ts";
import type { Controller } from "../runtime/controller.ts";

/** How often upstream looks at all requests. */
const INTERVAL: Micros = HOUR;
/** How long requests are kept that were answered, and those that nobody answers. */
const ANSWERED: Micros = HOUR;
const UNANSWERED: Micros = 24 * HOUR;

/** Deletes old requests for certificates, on the hour. */
export function signingRequestCleaner(): Controller {
  return {
    name: "certificatesigningrequest-cleaner-controller",
    for: "CertificateSigningRequest",
    reconcile(key, { client, now }) {
      const request = client.get("CertificateSigningRequest", key);
      const old = request === undefined ? Number.POSITIVE_INFINITY : oldFrom(request);
      if (old === Number.POSITIVE_INFINITY) return undefined;
      const sweep = Math.max(Math.floor(old / INTERVAL) + 1, Math.ceil(now / INTERVAL)) * INTERVAL;
      if (now < sweep) return { requeueAfter: sweep - now };
      try {
        client.delete("CertificateSigningRequest", key);
      } catch (error) {
        if (!isApiError(error, "NotFound")) throw error;
      }
      return undefined;
    },
  };
}

/** When a request has become old; never, once it is approved and waits for its signer. */
function oldFrom({ metadata, status }: CertificateSigningRequest): Micros {
  const after = (time: string | undefined, span: Micros): Micros =>
    (parseTimestamp(time) ?? Number.POSITIVE_INFINITY) + span;
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return after(metadata.creationTimestamp, UNANSWERED);
  const ends = conditions
    .filter(
      ({ type }) => type === "Denied" || (type === "Approved" && status?.certificate !== undefined),
    )
    .map(({ lastUpdateTime }) => after(lastUpdateTime, ANSWERED));
  return Math.min(...ends, Number.POSITIVE_INFINITY);
}
