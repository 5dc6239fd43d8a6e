import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { approvalDoor } from "../../../sim/api/approval.ts";
import { timestamp } from "../../../sim/api/meta/time.ts";
import { signingRequestApprover } from "../../../sim/controllers/signing-request/approver.ts";
import { signingRequestSigner } from "../../../sim/controllers/signing-request/signer.ts";
import { HOUR, SECOND } from "../../../sim/engine/time.ts";
import { ControlPlane } from "../control-plane.ts";
import { APPROVED, KUBELET_CLIENT, type RequestName, signingRequest } from "./signing-requests.ts";

const KIND = "CertificateSigningRequest";
const CLIENT = { signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] };
const SERVING = {
  signerName: "kubernetes.io/kubelet-serving",
  usages: ["digital signature", "key encipherment", "server auth"],
};

function approve(plane: ControlPlane, name: string, ...conditions: object[]): any {
  const request = plane.get(KIND, name);
  const status = { conditions: conditions.length > 0 ? conditions : [APPROVED] };
  return plane.api.update(KIND, { ...request, status }, approvalDoor(plane.now));
}

describe("the approver of kubelets' requests", () => {
  const bind = (plane: ControlPlane, part: string, ...groups: string[]): void =>
    plane.create("ClusterRoleBinding", {
      metadata: { name: part },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: `system:certificates.k8s.io:certificatesigningrequests:${part}`,
      },
      subjects: groups.map((name) => ({
        apiGroup: "rbac.authorization.k8s.io",
        kind: "Group",
        name,
      })),
    });
  const node = { username: "system:node:n1", groups: ["system:nodes"] };
  const bootstrapper = { username: "system:bootstrap:abcdef", groups: ["system:bootstrappers"] };
  const SELF = "Auto approving self kubelet client certificate after SubjectAccessReview.";
  const ANY = "Auto approving kubelet client certificate after SubjectAccessReview.";

  it.each<[string, RequestName, object, string | undefined]>([
    ["a node that renews its own", "kubelet", { ...KUBELET_CLIENT, ...node }, SELF],
    ["a machine that joins", "kubelet", { ...KUBELET_CLIENT, ...bootstrapper }, ANY],
    ["somebody without roles", "kubelet", { ...KUBELET_CLIENT, username: "eve" }, undefined],
    ["a serving certificate", "serving", { ...SERVING, ...node }, undefined],
    ["names in a client's certificate", "serving", { ...KUBELET_CLIENT, ...node }, undefined],
    ["other usages", "kubelet", { ...KUBELET_CLIENT, ...node, usages: ["any"] }, undefined],
    ["another subject", "ann", { ...KUBELET_CLIENT, ...bootstrapper }, undefined],
  ])("answers %s", (_, request, more, expected) => {
    const plane = new ControlPlane(signingRequestApprover);
    bind(plane, "selfnodeclient", "system:nodes");
    bind(plane, "nodeclient", "system:bootstrappers");
    plane.create(KIND, signingRequest("r", request, more));
    const condition = { type: "Approved", status: "True", reason: "AutoApproved" };
    expect(plane.at(1.5).get(KIND, "r").status?.conditions ?? []).toEqual(
      expected === undefined
        ? []
        : [
            {
              ...condition,
              message: expected,
              lastUpdateTime: timestamp(0),
              lastTransitionTime: timestamp(0),
            },
          ],
    );
  });

  it("asks again whether roles let it, and leaves alone what is decided", () => {
    const plane = new ControlPlane(signingRequestApprover);
    for (const name of ["r", "denied"])
      plane.create(KIND, signingRequest(name, "kubelet", { ...KUBELET_CLIENT, ...node }));
    approve(plane, "denied", { type: "Denied", status: "True", reason: "No" });
    plane.at(10);
    bind(plane, "selfnodeclient", "system:nodes");
    plane.at(30);
    const types = (name: string): string[] =>
      plane.get(KIND, name).status.conditions.map(({ type }: any) => type);
    expect([types("r"), types("denied")]).toEqual([["Approved"], ["Denied"]]);
  });
});

describe("the signer of certificates", () => {
  const issued = (plane: ControlPlane, name: string): X509Certificate =>
    new X509Certificate(Buffer.from(plane.get(KIND, name).status.certificate, "base64"));

  function signed(request: RequestName, more: object): ControlPlane {
    const plane = new ControlPlane(signingRequestSigner);
    plane.at(600).create(KIND, signingRequest("r", request, more));
    plane.at(601);
    expect(plane.get(KIND, "r").status?.certificate).toBeUndefined();
    approve(plane, "r");
    return plane.at(602);
  }

  it("issues a certificate that says what was asked for", () => {
    const certificate = issued(signed("serving", SERVING), "r");
    expect(certificate.subject).toBe("O=system:nodes\nCN=system:node:n1");
    expect(certificate.issuer).toBe("CN=kubernetes");
    expect(certificate.subjectAltName).toBe("DNS:n1, IP Address:10.0.0.1");
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.ca).toBe(false);
    expect(certificate.publicKey.asymmetricKeyType).toBe("ec");
    expect(new Date(certificate.validFrom).toISOString()).toBe("2026-01-01T00:05:01.000Z");
    expect(new Date(certificate.validTo).toISOString()).toBe("2027-01-01T00:05:01.000Z");
  });

  it.each([
    ["no less than ten minutes", 600, 600],
    ["as long as was asked for", 3600, 3600],
    ["a long time, counted from before", 10 * 3600, 10 * 3600 - 300],
    ["a year at most", 10 ** 9, 365 * 24 * 3600 - 300],
  ])("lets it last %s", (_, expirationSeconds, expected) => {
    const certificate = issued(signed("ann", { ...CLIENT, expirationSeconds }), "r");
    const start = Date.parse(timestamp(601 * SECOND));
    expect((Date.parse(certificate.validTo) - start) / 1000).toBe(expected);
    expect(certificate.subject).toBe("O=dev\nO=größe\nCN=ann");
  });

  it.each<[string, RequestName, object, string]>([
    ["another group", "ann", KUBELET_CLIENT, "subject organization is not system:nodes"],
    ["names of hosts", "serving", KUBELET_CLIENT, "DNS subjectAltNames are not allowed"],
    ["no names of hosts", "kubelet", SERVING, "DNS or IP subjectAltName is required"],
    ["addresses of mail", "mail", SERVING, "Email subjectAltNames are not allowed"],
    [
      "a kubelet's other usages",
      "kubelet",
      { ...KUBELET_CLIENT, usages: ["client auth"] },
      "usages did not match [client auth digital signature key encipherment]",
    ],
    [
      "a client's other usages",
      "ann",
      { ...CLIENT, usages: ["server auth"] },
      "invalid usage for client certificate: server auth",
    ],
    [
      "a client's missing usage",
      "ann",
      { ...CLIENT, usages: ["digital signature"] },
      "missing required usage for client certificate: client auth",
    ],
  ])("fails one that asks for %s", (_, request, more, message) => {
    const { conditions, certificate } = signed(request, more).get(KIND, "r").status;
    expect(certificate).toBeUndefined();
    const at = timestamp(601 * SECOND);
    expect(conditions[1]).toEqual({
      type: "Failed",
      status: "True",
      reason: "SignerValidationFailure",
      message,
      lastUpdateTime: at,
      lastTransitionTime: at,
    });
  });

  it("leaves requests to other signers", () => {
    const plane = signed("ann", { ...CLIENT, signerName: "example.com/signer" });
    plane.engine.runUntil(HOUR);
    expect(plane.get(KIND, "r").status.certificate).toBeUndefined();
  });
});
