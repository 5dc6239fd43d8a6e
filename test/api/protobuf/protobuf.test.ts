import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../../sim/api/api-error.ts";
import {
  decodeProtobuf,
  encodeProtobuf,
  hasMessage,
  isProtobuf,
} from "../../../sim/api/protobuf/codec.ts";
import { decode } from "../../../sim/api/schema/decode.ts";

/** Bodies that kubectl 1.33 sent for `kubectl create …`, in base64. */
const sent = {
  deployments:
    "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EroBCiMKA3dlYhIAGgRzaG9wIgAqADIAOABCAFoKCgNhcHASA3dlYhKEAQgDEgwKCgoDYXBwEgN3ZWIaagocCgASABoAIgAqADIAOABCAFoKCgNhcHASA3dlYhJKEiwKA3dlYhIFd2ViOjEqADIKCgAQABhQIgAqAEIAagByAIABAIgBAJABAKIBABoAMgBCAEoAUgBYAGAAaACCAQCKAQCaAQDCAQAiAgoAKAA4ABoMCAAQABgAIAAoADgAGgAiAA==",
  configmaps: "azhzAAoPCgJ2MRIJQ29uZmlnTWFwEiEKFwoDYXBwEgAaBHNob3AiACoAMgA4AEIAEgYKAWESATEaACIA",
  secrets: "azhzAAoMCgJ2MRIGU2VjcmV0EiQKFwoDa2V5EgAaBHNob3AiACoAMgA4AEIAEgcKAXASAnMzGgAaACIA",
  resourcequotas:
    "azhzAAoTCgJ2MRINUmVzb3VyY2VRdW90YRI4ChUKAXESABoEc2hvcCIAKgAyADgAQgASHQoOCgNjcHUSBwoFMTUwMG0KCwoEcG9kcxIDCgEyGgAaACIA",
  poddisruptionbudgets:
    "azhzAAogCglwb2xpY3kvdjESE1BvZERpc3J1cHRpb25CdWRnZXQSOgoVCgFwEgAaBHNob3AiACoAMgA4AEIAEhUKCQgBEAAaAzUwJRIICgYKAWESAWIaCggAGAAgACgAMAAaACIA",
  ingresses:
    "azhzAAofChRuZXR3b3JraW5nLms4cy5pby92MRIHSW5ncmVzcxJEChUKAWkSABoEc2hvcCIAKgAyADgAQgASJxolCgNhLmISHgocChoKAi94Eg0iCwoDc3ZjEgQKABBQGgVFeGFjdBoCCgAaACIA",
  services:
    "azhzAAoNCgJ2MRIHU2VydmljZRJsCiEKAm5wEgAaBHNob3AiACoAMgA4AEIAWgkKA2FwcBICbnASQwoeCgc4MC1odHRwEgNUQ1AYUCIKCAEQABoEaHR0cCgAEgkKA2FwcBICbnAaACIITm9kZVBvcnQ6AEIAUgBaAGAAaAAaAgoAGgAiAA==",
} as const;

function read(base64: string): any {
  return decodeProtobuf(Buffer.from(base64, "base64"));
}
/** What the schema's decoder makes of a body: the same from protobuf as from JSON. */
function decoded(type: string, body: any): any {
  return decode({ kind: body.kind, version: "v1", type }, body).object;
}
const meta = { namespace: "shop" };

describe("a protobuf body", () => {
  it.each([
    [
      "deployments",
      "apps.v1.Deployment",
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { ...meta, name: "web", labels: { app: "web" } },
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: "web" } },
          strategy: {},
          template: {
            metadata: { labels: { app: "web" } },
            spec: {
              containers: [
                { name: "web", image: "web:1", ports: [{ containerPort: 80 }], resources: {} },
              ],
            },
          },
        },
        status: {},
      },
    ],
    [
      "configmaps",
      "core.v1.ConfigMap",
      { apiVersion: "v1", kind: "ConfigMap", metadata: { ...meta, name: "app" }, data: { a: "1" } },
    ],
    [
      "secrets",
      "core.v1.Secret",
      { apiVersion: "v1", kind: "Secret", metadata: { ...meta, name: "key" }, data: { p: "czM=" } },
    ],
    [
      "resourcequotas",
      "core.v1.ResourceQuota",
      {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { ...meta, name: "q" },
        spec: { hard: { cpu: "1500m", pods: "2" } },
        status: {},
      },
    ],
    [
      "poddisruptionbudgets",
      "policy.v1.PodDisruptionBudget",
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { ...meta, name: "p" },
        spec: { minAvailable: "50%", selector: { matchLabels: { a: "b" } } },
        status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
      },
    ],
    [
      "ingresses",
      "networking.v1.Ingress",
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { ...meta, name: "i" },
        spec: {
          rules: [
            {
              host: "a.b",
              http: {
                paths: [
                  {
                    path: "/x",
                    pathType: "Exact",
                    backend: { service: { name: "svc", port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
        status: { loadBalancer: {} },
      },
    ],
    [
      "services",
      "core.v1.Service",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { ...meta, name: "np", labels: { app: "np" } },
        spec: {
          type: "NodePort",
          selector: { app: "np" },
          ports: [{ name: "80-http", protocol: "TCP", port: 80, targetPort: "http" }],
        },
        status: { loadBalancer: {} },
      },
    ],
  ] as const)("of kubectl's %s reads as the JSON it stands for", (name, type, json) => {
    expect(decoded(type, read(sent[name]))).toEqual(decoded(type, json));
  });

  it.each(Object.keys(sent))("of kubectl's %s is written again as it was read", (name) => {
    const object = read(sent[name as keyof typeof sent]);
    const bytes = encodeProtobuf(object);
    expect(bytes === undefined ? undefined : decodeProtobuf(bytes)).toEqual(object);
  });

  it("keeps what JSON has no word for: embedded structs, maps of lists, times, raw JSON, numbers below zero", () => {
    const metadata = {
      name: "p",
      creationTimestamp: "2026-01-01T00:00:01Z",
      managedFields: [{ manager: "m", fieldsV1: { "f:a": {} } }],
    };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: {
        terminationGracePeriodSeconds: -5,
        volumes: [{ name: "v", configMap: { name: "c", items: [{ key: "a", path: "b" }] } }],
        containers: [
          {
            name: "a",
            livenessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 3 },
            restartPolicyRules: [
              { action: "Restart", exitCodes: { operator: "In", values: [1, 2] } },
            ],
          },
        ],
      },
    };
    const review = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
      status: { userInfo: { username: "u", extra: { k: ["a", "b"] } } },
    };
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "e" },
      eventTime: "2026-01-01T00:00:01.000002Z",
    };
    for (const object of [pod, review, event]) {
      const bytes = encodeProtobuf(object);
      expect(bytes === undefined ? undefined : decodeProtobuf(bytes)).toMatchObject(object);
    }
    expect(hasMessage("v1", "DeleteOptions")).toBe(true);
    expect(hasMessage("gold.example/v1", "Widget")).toBe(false);
    expect(encodeProtobuf({ apiVersion: "gold.example/v1", kind: "Widget" })).toBeUndefined();
  });

  it("that is malformed is answered with 400, whatever its bytes", () => {
    const body = Buffer.from(sent.deployments, "base64");
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const broken = cut
          ? body.subarray(0, at)
          : Uint8Array.from(body, (one, index) => (index === at ? byte : one));
        try {
          decodeProtobuf(broken);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
          expect((error as ApiError).code).toBe(400);
        }
      }),
      { numRuns: 2000 },
    );
    expect(isProtobuf(Buffer.from("{}"))).toBe(false);
  });
});
