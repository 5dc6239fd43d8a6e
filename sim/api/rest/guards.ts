import { forbidden } from "../api-error.ts";
import type { WriteOptions } from "../api-server.ts";
import type { KubeObject } from "../object.ts";
import type { CertificateSigningRequest } from "../types.gen.ts";
import type { Call } from "./context.ts";
import { escalationGuard } from "./escalation.ts";

const GROUP = "certificates.k8s.io";

/** What has to be asked of a write beside whether its sender may do it. */
export function guardsOf(call: Call): Pick<WriteOptions, "guard"> {
  const { group, kind } = call.resource.descriptor;
  if (group === GROUP && kind === "CertificateSigningRequest") return signerGuard(call);
  return escalationGuard(call);
}

/**
 * Who approves or denies requests for certificates has to have the right to `approve` for their signer, and who issues
 * certificates that to `sign` (admission plugins CertificateApproval and CertificateSigning).
 */
function signerGuard(call: Call): Pick<WriteOptions, "guard"> {
  const { subresource } = call.target;
  if (subresource === "approval") return { guard: (_, before) => check(call, "approve", before) };
  if (subresource !== "status") return {};
  return {
    guard: (next, before) => {
      if (certificateOf(next) !== certificateOf(before)) check(call, "sign", before);
    },
  };
}

function certificateOf(object: KubeObject | undefined): string | undefined {
  return (object as CertificateSigningRequest | undefined)?.status?.certificate;
}

function check(call: Call, verb: "approve" | "sign", before: KubeObject | undefined): void {
  const { access, user, resource } = call;
  const { metadata, spec } = before as CertificateSigningRequest;
  const { signerName } = spec;
  const [domain] = signerName.split("/");
  const may = (name: string): boolean =>
    access.isAllowed(user, { verb, group: GROUP, resource: "signers", name }) !== undefined;
  if (may(signerName) || may(`${domain}/*`)) return;
  const why = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`;
  throw forbidden(resource.descriptor, metadata.name, why);
}
