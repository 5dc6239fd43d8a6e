import {
  type CertificateRequest,
  readCertificateRequest,
} from "../../../sim/api/x509/certificate-request.ts";
import { issueCertificate } from "../../../sim/api/x509/issue.ts";
import { HOUR } from "../../../sim/engine/time.ts";

/** Requests for certificates as openssl made them, in DER. */
const requests = {
  /** O=system:nodes, CN=system:node:n1 */
  kubelet:
    "MIHrMIGSAgEAMDAxFTATBgNVBAoMDHN5c3RlbTpub2RlczEXMBUGA1UEAwwOc3lzdGVtOm5vZGU6bjEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQdwKmUUO2qg39Q5tQgRw1TqDLITRhTSuNXL96X2cyTId6RksE3no0bTqFgWIPz4e5xzZitNl+/bPe8S2X2jB6ZoAAwCgYIKoZIzj0EAwIDSAAwRQIgKwSJZSc7ENAtfpzbBJR2nh1p9akWfo7I30e6B16j4YACIQDNzWo9DWHqex1BkPgFL19FZ24U3qwcxHRkWhjamZ2x2g==",
  /** The same for the names DNS:n1, IP:10.0.0.1 */
  serving:
    "MIIBETCBuAIBADAwMRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxFzAVBgNVBAMMDnN5c3RlbTpub2RlOm4xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFXEzLZX3ShK8yaJa2Qizoifnehk6UufhE5FhMcgc/RYoChaDNS7cGIxYx6s4UvLOaeOThZYwjwLfLPF3Cmxnj6AmMCQGCSqGSIb3DQEJDjEXMBUwEwYDVR0RBAwwCoICbjGHBAoAAAEwCgYIKoZIzj0EAwIDSAAwRQIhAOpblu3Vck3PKXXhVRhFkpjZ1TteDDghGdjFmFedVws0AiB9wj6cqK/sP5PmuHVJ3TJmVdDqvHbpbuNseCTU4+3p6A==",
  /** The same for the names DNS:n1, email:a@b.c */
  mail: "MIIBEjCBuQIBADAwMRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxFzAVBgNVBAMMDnN5c3RlbTpub2RlOm4xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoVRlevk4YbPFTKcUgvnjArX5Fyi8+hP3E+wtyIgTJLtqbKx+lYUPIhbM28urlTOZJK4U2LxbRKMKmD30FcSL4qAnMCUGCSqGSIb3DQEJDjEYMBYwFAYDVR0RBA0wC4ICbjGBBWFAYi5jMAoGCCqGSM49BAMCA0gAMEUCIQCUCf0NXpSHYejl5+ceeWu7bVmutPBpPtiCi9Ceq6D28QIgePveX0sQaC0Z6wH3YF4upoqESEVRIoN6tMLrMYA6kn4=",
  /** O=dev, O=größe, CN=ann */
  ann: "MIHqMIGQAgEAMC4xDDAKBgNVBAoMA2RldjEQMA4GA1UECgwHZ3LDtsOfZTEMMAoGA1UEAwwDYW5uMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnWQSdRgh6VgkiLujpWHT5Ssxrm6VZGD1wOoLSetc9gwKwXDvMep04Gt1SNj3jj/vrthAD0TFriFGroxXu5syOKAAMAoGCCqGSM49BAMCA0kAMEYCIQCx7J41XI4uGPzb0DMWIXPKHuiy1vpcDoCtjAZYoDe0yQIhAJ2RNsNbkvs7Hdj8Vqar1GE3ngh2+XlTAkWKFaZBcvOO",
  /** O=system:masters, CN=eve */
  master:
    "MIHiMIGJAgEAMCcxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQwwCgYDVQQDDANldmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARniSkz/Eobl6tO8T1hYwbmzDQj5m9zQvIQtiVnKFdkuaOiPsTPnwp6XQimpLoW1fzWQSr0TBeax9FKOVTTXC0VoAAwCgYIKoZIzj0EAwIDSAAwRQIhAKokrhdOS+c2gWNOMJLErggfzEV/jZfAGI4w5v86/c/KAiBVtmbgT8k2UcsGwlUGwwLMeVA1dPBsjeOd6RZ4ltFhiQ==",
} as const;

export type RequestName = keyof typeof requests;

/** `spec.request` of a request. */
export function requestOf(name: RequestName): string {
  const body = requests[name].replaceAll(/.{64}/g, "$&\n");
  const label = "CERTIFICATE REQUEST";
  const pem = `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
  return Buffer.from(pem).toString("base64");
}

export const KUBELET_CLIENT = {
  signerName: "kubernetes.io/kube-apiserver-client-kubelet",
  usages: ["digital signature", "client auth"],
};

/** A request as the API server takes it. */
export const signingRequest = (name: string, request: RequestName, more: object): object => ({
  metadata: { name },
  spec: { request: requestOf(request), ...more },
});

/** What `kubectl certificate approve` adds. */
export const APPROVED = {
  type: "Approved",
  status: "True",
  reason: "KubectlApprove",
  message: "This CSR was approved by kubectl certificate approve.",
};

/** `status.certificate` that a cluster's signer would issue; another for another seed. */
export function issued(seed: string): string {
  const request = readCertificateRequest(requestOf("ann")) as CertificateRequest;
  const pem = issueCertificate(request, { now: 0, lasts: HOUR, usages: ["client auth"], seed });
  return Buffer.from(pem).toString("base64");
}
