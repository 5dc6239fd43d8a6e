import { encodeBase64 } from "../../api/kinds/base64.ts";
import { timestamp } from "../../api/meta/time.ts";
import { readCertificateRequest } from "../../api/x509/certificate-request.ts";
import { issueCertificate } from "../../api/x509/issue.ts";
import { HOUR, MINUTE, type Micros, SECOND } from "../../engine/time.ts";
import type { Controller } from "../runtime/controller.ts";
import { hasTrueCondition, isApproved } from "./conditions.ts";
import { CERTIFICATE_RETRY } from "./retry.ts";
import { signerRules } from "./rules.ts";

/** `--cluster-signing-duration`: the longest a certificate lasts. */
const LONGEST: Micros = 365 * 24 * HOUR;
const SHORTEST: Micros = 10 * MINUTE;

/** Issues certificates for approved requests to the cluster's own signers. */
export function signingRequestSigner(): Controller {
  return {
    name: "certificatesigningrequest-signing-controller",
    for: "CertificateSigningRequest",
    retry: CERTIFICATE_RETRY,
    reconcile(key, { client, now }) {
      const seen = client.get("CertificateSigningRequest", key);
      if (seen === undefined || (seen.status?.certificate ?? "") !== "") return;
      if (!isApproved(seen) || hasTrueCondition(seen, "Failed")) return;
      const { request, signerName, usages = [], expirationSeconds } = seen.spec;
      const rule = signerRules[signerName];
      // What cannot be read never can be.
      const asked = rule && readCertificateRequest(request);
      if (asked === undefined) return;
      const message = rule?.(asked, usages);
      const failed = {
        type: "Failed",
        status: "True",
        reason: "SignerValidationFailure",
        message: message ?? "",
        lastUpdateTime: timestamp(now),
      };
      const lasts = Math.min(LONGEST, Math.max(SHORTEST, (expirationSeconds ?? LONGEST) * SECOND));
      const issue = { now, lasts, usages, seed: seen.metadata.uid };
      const status =
        message === undefined
          ? { certificate: encodeBase64(issueCertificate(asked, issue)) }
          : { conditions: [...(seen.status?.conditions ?? []), failed] };
      client.updateStatus("CertificateSigningRequest", {
        ...seen,
        status: { ...seen.status, ...status },
      });
    },
  };
}
