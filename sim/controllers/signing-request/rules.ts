import type { CertificateRequest } from "../../api/x509/certificate-request.ts";

/** Signers of the controller manager. */
export const Signer = {
  apiClient: "kubernetes.io/kube-apiserver-client",
  kubeletClient: "kubernetes.io/kube-apiserver-client-kubelet",
  kubeletServing: "kubernetes.io/kubelet-serving",
  legacy: "kubernetes.io/legacy-unknown",
} as const;

type Rule = (request: CertificateRequest, usages: readonly string[]) => string | undefined;

/** What each signer finds wrong with a request, in upstream's words; `undefined` when nothing. */
export const signerRules: Readonly<Record<string, Rule>> = {
  [Signer.kubeletServing]: (request, usages) =>
    wrongOrganization(request) ??
    (request.names.dns + request.names.address === 0
      ? "DNS or IP subjectAltName is required"
      : undefined) ??
    forbiddenNames(request, ["email", "uri"]) ??
    wrongUsages(usages, "server auth") ??
    wrongName(request),
  [Signer.kubeletClient]: (request, usages) =>
    wrongOrganization(request) ??
    forbiddenNames(request, ["dns", "email", "address", "uri"]) ??
    wrongName(request) ??
    wrongUsages(usages, "client auth"),
  [Signer.apiClient]: (_, usages) => wrongClientUsage(usages),
  [Signer.legacy]: () => undefined,
};

const NAMES = { dns: "DNS", email: "Email", address: "IP", uri: "URI" } as const;

function wrongOrganization({ organizations }: CertificateRequest): string | undefined {
  return organizations.length === 1 && organizations[0] === "system:nodes"
    ? undefined
    : "subject organization is not system:nodes";
}

function wrongName({ commonName }: CertificateRequest): string | undefined {
  return commonName.startsWith("system:node:")
    ? undefined
    : "subject common name does not begin with system:node:";
}

function forbiddenNames(
  { names }: CertificateRequest,
  kinds: readonly (keyof typeof NAMES)[],
): string | undefined {
  const found = kinds.find((kind) => names[kind] > 0);
  return found && `${NAMES[found]} subjectAltNames are not allowed`;
}

/** Kubelets ask for exactly these usages; that of encrypting keys is for keys of RSA. */
function wrongUsages(usages: readonly string[], purpose: string): string | undefined {
  const wanted = ["digital signature", "key encipherment", purpose].sort();
  const asked = [...new Set(usages)].sort();
  const same = (list: readonly string[]): boolean => list.join() === asked.join();
  return same(wanted) || same(wanted.filter((usage) => usage !== "key encipherment"))
    ? undefined
    : `usages did not match [${wanted.join(" ")}]`;
}

const CLIENT_AUTH = "client auth";

function wrongClientUsage(usages: readonly string[]): string | undefined {
  const allowed = ["digital signature", "key encipherment", CLIENT_AUTH];
  const other = usages.find((usage) => !allowed.includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  if (usages.includes(CLIENT_AUTH)) return undefined;
  return `missing required usage for client certificate: ${CLIENT_AUTH}`;
}
