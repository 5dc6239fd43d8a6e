import { describe, expect, it } from "vitest";
import { timestamp } from "../../../sim/api/meta/time.ts";
import { serviceAccountTokens } from "../../../sim/controllers/service-account-tokens.ts";
import { signingRequestCleaner } from "../../../sim/controllers/signing-request/cleaner.ts";
import { ControlPlane } from "../control-plane.ts";
import { requestOf } from "./signing-requests.ts";

const text = (value: string): string => Buffer.from(value, "base64").toString();

describe("the controller of service accounts' tokens", () => {
  const token = (plane: ControlPlane, name: string, account: string): void =>
    plane.create("Secret", {
      metadata: {
        name,
        namespace: "default",
        annotations: { "kubernetes.io/service-account.name": account },
      },
      type: "kubernetes.io/service-account-token",
    });

  it("fills a Secret that was made for one, and what is taken out of it", () => {
    const plane = new ControlPlane(serviceAccountTokens);
    plane.create("ServiceAccount", { metadata: { name: "robot", namespace: "default" } });
    token(plane, "robot-token", "robot");
    const { data, metadata } = plane.at(1).get("Secret", "default/robot-token");
    const { uid } = plane.get("ServiceAccount", "default/robot").metadata;
    expect(metadata.annotations).toEqual({
      "kubernetes.io/service-account.name": "robot",
      "kubernetes.io/service-account.uid": uid,
    });
    expect(text(data.namespace)).toBe("default");
    expect(text(data["ca.crt"])).toContain("BEGIN CERTIFICATE");
    expect(text(data.token)).toContain(`ksim.system:serviceaccount:default:robot.${uid}.`);
    plane.edit("Secret", "default/robot-token", (secret) => ({
      ...secret,
      data: { namespace: "eHh4", "ca.crt": "eHh4" },
    }));
    expect(plane.at(2).get("Secret", "default/robot-token").data).toEqual({
      ...data,
      namespace: "eHh4",
    });
  });

  it("deletes Secrets of accounts that are not there, or no longer", () => {
    const plane = new ControlPlane(serviceAccountTokens);
    plane.create("ServiceAccount", { metadata: { name: "robot", namespace: "default" } });
    token(plane, "kept", "robot");
    token(plane, "lost", "nobody");
    plane.create("Secret", { metadata: { name: "other", namespace: "default" } });
    plane.at(1);
    const names = (): string[] => plane.list("Secret").map(({ metadata }: any) => metadata.name);
    expect(names()).toEqual(["kept", "other"]);
    plane.api.delete("ServiceAccount", "default/robot");
    plane.at(2);
    expect(names()).toEqual(["other"]);
  });
});

const HOUR = 3600;

describe("the cleaner of requests for certificates", () => {
  const answered = (type: string, more: object = {}) => ({
    conditions: [{ type, status: "True", lastUpdateTime: timestamp(600_000_000) }],
    ...more,
  });
  it.each([
    { case: "nobody answered, on the hour after a day", status: undefined, hours: 25 },
    { case: "was denied, on the hour after an hour", status: answered("Denied"), hours: 2 },
    {
      case: "was approved and signed, on the hour after an hour",
      status: answered("Approved", { certificate: "eA==" }),
      hours: 2,
    },
    { case: "was approved: not before it is signed", status: answered("Approved"), hours: 100 },
  ])("deletes one that $case", ({ status, hours }) => {
    const plane = new ControlPlane(signingRequestCleaner);
    plane.at(600);
    plane.create("CertificateSigningRequest", {
      metadata: { name: "me" },
      spec: {
        request: requestOf("ann"),
        signerName: "example.com/signer",
        usages: ["client auth"],
      },
    });
    if (status !== undefined)
      plane.api.replace("CertificateSigningRequest", {
        ...plane.get("CertificateSigningRequest", "me"),
        status,
      });
    const there = (): boolean => plane.get("CertificateSigningRequest", "me") !== undefined;
    expect(plane.get("CertificateSigningRequest", "me").status ?? {}).toEqual(status ?? {});
    plane.at(hours * HOUR - 1);
    expect(there()).toBe(true);
    plane.at(hours * HOUR + 1);
    expect(there()).toBe(hours === 100);
  });
});
