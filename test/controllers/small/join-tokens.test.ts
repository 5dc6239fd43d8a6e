import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { timestamp } from "../../../sim/api/meta/time.ts";
import { tokenCleaner } from "../../../sim/controllers/bootstrap-token/cleaner.ts";
import { bootstrapSigner } from "../../../sim/controllers/bootstrap-token/signer.ts";
import { legacyTokenCleaner } from "../../../sim/controllers/legacy-token-cleaner.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { ControlPlane, podOn } from "../control-plane.ts";

const encode = (text: string): string => Buffer.from(text).toString("base64");

function token(plane: ControlPlane, id: string, more: object = {}, name?: string): void {
  const data = {
    "token-id": id,
    "token-secret": "0123456789abcdef",
    "usage-bootstrap-signing": "true",
    ...more,
  };
  plane.create("Secret", {
    metadata: { name: name ?? `bootstrap-token-${id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encode(text)])),
  });
}

describe("the signer of what machines read when they join", () => {
  const KUBECONFIG = "apiVersion: v1\nkind: Config\n";
  const signed = (content: string, id: string): string => {
    const url = (text: string): string => Buffer.from(text).toString("base64url");
    const header = url(`{"alg":"HS256","kid":"${id}"}`);
    const code = createHmac("sha256", "0123456789abcdef").update(`${header}.${url(content)}`);
    return `${header}..${code.digest("base64url")}`;
  };
  function planeWith(): ControlPlane {
    const plane = new ControlPlane(bootstrapSigner);
    plane.create("ConfigMap", {
      metadata: { name: "cluster-info", namespace: "kube-public" },
      data: { kubeconfig: KUBECONFIG },
    });
    return plane;
  }
  const data = (plane: ControlPlane): object =>
    plane.get("ConfigMap", "kube-public/cluster-info").data;

  it("adds a signature for each token that may sign, and takes it off with the token", () => {
    const plane = planeWith();
    token(plane, "abcdef");
    token(plane, "07401b");
    expect(data(plane.at(1))).toEqual({
      kubeconfig: KUBECONFIG,
      "jws-kubeconfig-abcdef": signed(KUBECONFIG, "abcdef"),
      "jws-kubeconfig-07401b": signed(KUBECONFIG, "07401b"),
    });
    plane.api.delete("Secret", "kube-system/bootstrap-token-07401b");
    plane.edit("ConfigMap", "kube-public/cluster-info", (info) => ({
      ...info,
      data: { ...info.data, kubeconfig: "other" },
    }));
    expect(data(plane.at(2))).toEqual({
      kubeconfig: "other",
      "jws-kubeconfig-abcdef": signed("other", "abcdef"),
    });
  });

  it.each([
    ["does not sign", { "usage-bootstrap-signing": "false" }, undefined],
    ["has ended", { expiration: "2025-01-01T00:00:00Z" }, undefined],
    ["has no secret half", { "token-secret": "" }, undefined],
    ["is not the one its name says", {}, "bootstrap-token-fedcba"],
    ["has no name of one", {}, "my-token"],
  ])("leaves out one that %s", (_, more, name) => {
    const plane = planeWith();
    token(plane, "abcdef", more, name);
    expect(data(plane.at(1))).toEqual({ kubeconfig: KUBECONFIG });
  });
});

describe("the cleaner of tokens with which machines join", () => {
  it.each([
    ["when it ends", timestamp(90 * SECOND), 89.9, 90.1],
    ["in another time zone", "2026-01-01T01:01:30+01:00", 89.9, 90.1],
    ["at once when nobody can read when", "tomorrow", undefined, 0.1],
    ["never when it has no end", "", 10 ** 6, undefined],
  ])("deletes one %s", (_, expiration, there, gone) => {
    const plane = new ControlPlane(tokenCleaner);
    token(plane, "abcdef", { expiration });
    const found = (): boolean =>
      plane.get("Secret", "kube-system/bootstrap-token-abcdef") !== undefined;
    if (there !== undefined) {
      plane.at(there);
      expect(found()).toBe(true);
    }
    if (gone !== undefined) {
      plane.at(gone);
      expect(found()).toBe(false);
    }
  });
});

const DAY = 24 * 3600;

describe("the cleaner of service accounts' old token Secrets", () => {
  function planeWith(labels: object = {}, secrets: readonly object[] = [{ name: "old" }]) {
    const plane = new ControlPlane(legacyTokenCleaner);
    plane.create("ServiceAccount", { metadata: { name: "robot", namespace: "default" }, secrets });
    plane.create("Secret", {
      metadata: {
        name: "old",
        namespace: "default",
        labels,
        annotations: { "kubernetes.io/service-account.name": "robot" },
      },
      type: "kubernetes.io/service-account-token",
    });
    return plane;
  }
  const old = (plane: ControlPlane): any => plane.get("Secret", "default/old");
  const mark = (plane: ControlPlane): string | undefined =>
    old(plane)?.metadata.labels?.["kubernetes.io/legacy-token-invalid-since"];

  it("marks one that nobody used for a year, and deletes it a year later", () => {
    const plane = planeWith();
    expect(mark(plane.at(366 * DAY - 1))).toBeUndefined();
    expect(mark(plane.at(366 * DAY + 1))).toBe("2027-01-02");
    plane.at(732 * DAY - 1);
    expect(old(plane)).toBeDefined();
    plane.at(732 * DAY + 1);
    expect(old(plane)).toBeUndefined();
  });

  it.each<[string, object, number | undefined]>([
    ["used later", { "kubernetes.io/legacy-token-last-used": "2026-03-01" }, 59 + 366],
    ["used nobody knows when", { "kubernetes.io/legacy-token-last-used": "once" }, undefined],
    ["marked with no date", { "kubernetes.io/legacy-token-invalid-since": "x" }, 366],
  ])("counts from the last use: %s", (_, labels, days) => {
    const plane = planeWith(labels);
    const before = mark(plane);
    expect(mark(plane.at((days ?? 1000) * DAY - 1))).toBe(before);
    if (days !== undefined) expect(mark(plane.at(days * DAY + 1))).toMatch(/^2027/);
  });

  it("counts from when the API server began to take uses down", () => {
    const plane = planeWith();
    plane.create("ConfigMap", {
      metadata: {
        name: "kube-apiserver-legacy-service-account-token-tracking",
        namespace: "kube-system",
      },
      data: { since: "2026-02-01" },
    });
    expect(mark(plane.at((31 + 366) * DAY - 1))).toBeUndefined();
    expect(mark(plane.at((31 + 366) * DAY + 1))).toBe("2027-02-02");
  });

  it.each<[string, object]>([
    ["a volume", { volumes: [{ name: "v", secret: { secretName: "old" } }] }],
    [
      "a projected one",
      { volumes: [{ name: "v", projected: { sources: [{ secret: { name: "old" } }] } }] },
    ],
    [
      "a driver's",
      { volumes: [{ name: "v", csi: { driver: "d", nodePublishSecretRef: { name: "old" } } }] },
    ],
    ["its images", { imagePullSecrets: [{ name: "old" }] }],
    [
      "its environment",
      { containers: [{ name: "main", image: "i", envFrom: [{ secretRef: { name: "old" } }] }] },
    ],
  ])("leaves one that a pod uses in %s, as long as it does", (_, spec) => {
    const plane = planeWith();
    plane.create("Pod", podOn("user", undefined, spec));
    expect(mark(plane.at(370 * DAY))).toBeUndefined();
    plane.api.delete("Pod", "default/user", { gracePeriodSeconds: 0 });
    expect(mark(plane.at(371 * DAY + 1))).toBeDefined();
  });

  it("leaves one that its account does not list: somebody made it", () => {
    const plane = planeWith({}, []);
    expect(mark(plane.at(800 * DAY))).toBeUndefined();
  });
});
