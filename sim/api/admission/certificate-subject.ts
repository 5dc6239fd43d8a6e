import { forbidden } from "../api-error.ts";
import type { CertificateSigningRequest } from "../types.gen.ts";
import { readCertificateRequest } from "../x509/certificate-request.ts";
import type { AdmissionPlugin } from "./plugin.ts";

const SIGNER = "kubernetes.io/kube-apiserver-client";
const MASTERS = "system:masters";

/** Nobody gets a certificate that makes him a master of the cluster. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  kinds: ["CertificateSigningRequest"],
  validate({ descriptor, operation, subresource, object, name }) {
    if (operation !== "CREATE" || subresource !== undefined) return;
    const { signerName, request } = (object as CertificateSigningRequest).spec;
    if (signerName !== SIGNER) return;
    if (readCertificateRequest(request)?.organizations.includes(MASTERS) !== true) return;
    throw forbidden(
      descriptor,
      name,
      `use of ${SIGNER} signer with ${MASTERS} group is not allowed`,
    );
  },
};
