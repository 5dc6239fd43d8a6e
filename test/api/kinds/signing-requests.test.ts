import { describe, expect, it } from "vitest";
import { admissionChain } from "../../../sim/api/admission/chain.ts";
import { approvalDoor } from "../../../sim/api/approval.ts";
import { timestamp } from "../../../sim/api/meta/time.ts";
import { readCertificateRequest } from "../../../sim/api/x509/certificate-request.ts";
import { ControlPlane } from "../../controllers/control-plane.ts";
import {
  APPROVED,
  issued,
  requestOf,
  signingRequest,
} from "../../controllers/small/signing-requests.ts";

const KIND = "CertificateSigningRequest";
const SPEC = { signerName: "example.com/signer", usages: ["client auth"] };
const DENIED = { type: "Denied", status: "True" };
const pem = (label: string, body = "MAA="): string =>
  Buffer.from(`-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`).toString("base64");

function planeWith(status?: object): ControlPlane {
  const plane = new ControlPlane();
  plane.create(KIND, signingRequest("r", "ann", SPEC));
  if (status !== undefined) plane.api.replace(KIND, { ...plane.get(KIND, "r"), status });
  return plane.at(10);
}

/** Through which door, and what it says. */
function write(
  plane: ControlPlane,
  door: "approval" | "status" | undefined,
  status: object,
): string {
  const request = { ...plane.get(KIND, "r"), status };
  const options = door === "approval" ? approvalDoor(plane.now) : door && { subresource: door };
  try {
    plane.api.update(KIND, request, options);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const refused = (why: string): string =>
  `CertificateSigningRequest.certificates.k8s.io "r" is invalid: ${why}`;

describe("a request for a certificate", () => {
  it("is approved through its own door, with times", () => {
    const plane = planeWith();
    expect(write(plane, "approval", { conditions: [APPROVED], certificate: pem("X") })).toBe("");
    const at = timestamp(plane.now);
    expect(plane.get(KIND, "r").status).toEqual({
      conditions: [{ ...APPROVED, lastUpdateTime: at, lastTransitionTime: at }],
    });
  });

  it("keeps what it asks for", () => {
    const plane = planeWith();
    plane.edit(KIND, "r", (request) => ({
      ...request,
      metadata: { ...request.metadata, labels: { a: "b" } },
      spec: { ...request.spec, usages: ["any"] },
    }));
    expect(plane.get(KIND, "r")).toMatchObject({ metadata: { labels: { a: "b" } }, spec: SPEC });
  });

  it.each<[string, "approval" | "status", object | undefined, object, string]>([
    [
      "who signs does not approve",
      "status",
      undefined,
      { conditions: [APPROVED] },
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ],
    [
      "nobody takes approval back",
      "approval",
      { conditions: [APPROVED] },
      { conditions: [] },
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ],
    [
      "yes and no exclude each other",
      "approval",
      { conditions: [APPROVED] },
      { conditions: [APPROVED, DENIED] },
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ],
    [
      "a decision is there or not",
      "approval",
      undefined,
      { conditions: [{ ...DENIED, status: "False" }] },
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    ],
    [
      "a condition stands once",
      "status",
      undefined,
      {
        conditions: [
          { type: "X", status: "True" },
          { type: "X", status: "True" },
        ],
      },
      'status.conditions[1].type: Duplicate value: "X"',
    ],
    [
      "a certificate stays",
      "status",
      { certificate: issued("one") },
      { certificate: issued("another") },
      "status.certificate: Forbidden: updates may not modify existing certificate content",
    ],
    [
      "a certificate is one",
      "status",
      undefined,
      { certificate: pem("KEY") },
      'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "KEY"',
    ],
    [
      "a certificate can be read",
      "status",
      undefined,
      { certificate: pem("CERTIFICATE") },
      'status.certificate: Invalid value: "<certificate data>": x509: malformed certificate',
    ],
    [
      "a certificate is in PEM",
      "status",
      undefined,
      { certificate: "eA==" },
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    ],
  ])("%s", (_, door, before, status, why) => {
    expect(write(planeWith(before), door, status)).toBe(refused(why));
  });

  it.each([
    ["another block", pem("CERTIFICATE"), "PEM block type must be CERTIFICATE REQUEST"],
    ["no block", "eA==", "PEM block type must be CERTIFICATE REQUEST"],
    [
      "nothing that can be read",
      pem("CERTIFICATE REQUEST"),
      "asn1: structure error: tags don't match",
    ],
  ])("holds a request: %s is refused", (_, request, why) => {
    const asked = { metadata: { name: "r" }, spec: { ...SPEC, request } };
    const text = `spec.request: Invalid value: ${JSON.stringify(request)}: ${why}`;
    expect(() => new ControlPlane().create(KIND, asked)).toThrow(refused(text));
  });

  it("is refused to who wants to be a master", () => {
    const plugin = admissionChain.find(({ name }) => name === "CertificateSubjectRestriction");
    const ask = (request: "ann" | "master", signerName: string): void =>
      plugin?.validate?.(
        {
          descriptor: {
            kind: KIND,
            group: "certificates.k8s.io",
            plural: "certificatesigningrequests",
          },
          operation: "CREATE",
          name: "r",
          object: { spec: { signerName, request: requestOf(request) } },
        } as never,
        {} as never,
      );
    const signer = "kubernetes.io/kube-apiserver-client";
    expect(() => ask("ann", signer)).not.toThrow();
    expect(() => ask("master", "example.com/signer")).not.toThrow();
    expect(() => ask("master", signer)).toThrow(
      'certificatesigningrequests.certificates.k8s.io "r" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  });

  it("is read as far as its subject and its further names", () => {
    expect(readCertificateRequest(requestOf("mail"))).toMatchObject({
      commonName: "system:node:n1",
      organizations: ["system:nodes"],
      names: { dns: 1, email: 1, uri: 0, address: 0 },
    });
    for (const broken of [
      "",
      "eA==",
      pem("KEY"),
      pem("CERTIFICATE REQUEST"),
      pem("CERTIFICATE REQUEST", "MIH/"),
    ])
      expect(readCertificateRequest(broken)).toBeUndefined();
  });
});
