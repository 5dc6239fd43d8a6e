import type { Micros } from "../engine/time.ts";
import type { WriteOptions } from "./api-server.ts";
import { prepareApproval } from "./kinds/signing-request.ts";
import type { CertificateSigningRequest } from "./types.gen.ts";
import { signingRequestApprovalErrors } from "./validation/cluster/certificates.ts";

/** The door through which requests for certificates are approved and denied. */
export function approvalDoor(
  now: Micros,
): Required<Pick<WriteOptions, "door">> & { readonly subresource: string } {
  return {
    subresource: "approval",
    door: {
      prepare: (next, before) =>
        prepareApproval(
          next as CertificateSigningRequest,
          before as CertificateSigningRequest,
          now,
        ),
      validate: (next, before) =>
        signingRequestApprovalErrors(
          next as CertificateSigningRequest,
          before as CertificateSigningRequest,
        ),
    },
  };
}
