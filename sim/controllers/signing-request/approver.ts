import type { Access } from "../../api/access.ts";
import { ApiError } from "../../api/api-error.ts";
import type { CertificateSigningRequest } from "../../api/types.gen.ts";
import { readCertificateRequest } from "../../api/x509/certificate-request.ts";
import type { Controller } from "../runtime/controller.ts";
import type { ControllerServices } from "../runtime/services.ts";
import { isDecided } from "./conditions.ts";
import { CERTIFICATE_RETRY } from "./retry.ts";
import { Signer, signerRules } from "./rules.ts";

/**
 * Approves requests of kubelets for their client certificates, when roles let who asks do so: for himself
 * (`selfnodeclient`), or for any node (`nodeclient`).
 */
export function signingRequestApprover({ access }: ControllerServices): Controller {
  return {
    name: "certificatesigningrequest-approving-controller",
    for: "CertificateSigningRequest",
    retry: CERTIFICATE_RETRY,
    reconcile(key, { client }) {
      const request = client.get("CertificateSigningRequest", key);
      if (request === undefined || (request.status?.certificate ?? "") !== "" || isDecided(request))
        return;
      const tried = recognized(request);
      if (tried.length === 0) return;
      const way = tried.find((part) => isGranted(access, request, part));
      // Roles may come later: it is asked again, less and less often.
      if (way === undefined) throw notGranted(key, tried);
      const message = `Auto approving ${way === SELF ? "self " : ""}kubelet client certificate after SubjectAccessReview.`;
      const condition = { type: "Approved", status: "True", reason: "AutoApproved", message };
      const conditions = [...(request.status?.conditions ?? []), condition];
      client.approve({ ...request, status: { ...request.status, conditions } });
    },
  };
}

const SELF = "selfnodeclient";

/** The rights that each would be enough, the narrower one first; none for requests that are not kubelets'. */
function recognized({ spec }: CertificateSigningRequest): readonly string[] {
  if (spec.signerName !== Signer.kubeletClient) return [];
  const request = readCertificateRequest(spec.request);
  if (request === undefined) return [];
  if (signerRules[Signer.kubeletClient]?.(request, spec.usages ?? []) !== undefined) return [];
  return spec.username === request.commonName ? [SELF, "nodeclient"] : ["nodeclient"];
}

function isGranted(access: Access, { spec }: CertificateSigningRequest, part: string): boolean {
  const user = { name: spec.username ?? "", groups: spec.groups ?? [] };
  const question = {
    verb: "create",
    group: "certificates.k8s.io",
    resource: "certificatesigningrequests",
    subresource: part,
  };
  return access.isAllowed(user, question) !== undefined;
}

function notGranted(name: string, tried: readonly string[]): ApiError {
  const text = `recognized csr ${JSON.stringify(name)} as [${tried.join(" ")}] but subject access review was not approved`;
  return new ApiError(403, "Forbidden", text);
}
