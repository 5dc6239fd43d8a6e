/** Files of an operator: a custom kind, the controller that reconciles it, and a scenario. */
export const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: websites.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: websites, singular: website, kind: Website}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, required: [image], properties: {image: {type: string}, replicas: {type: integer}}}
            status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

/** A scenario that applies a website; `cluster` is the text of its cluster. */
export function scenario(cluster: string): string {
  return `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: website}
spec:
  seed: "7"
  duration: 3m
  cluster: ${cluster}
  steps:
    - {id: define, at: 0s, apply: {file: definition.yaml}}
    - id: site
      after: define
      delay: 2s
      apply: {manifest: {apiVersion: example.com/v1, kind: Website, metadata: {name: shop}, spec: {image: "web:1", replicas: 2}}}
  expect:
    - {name: ready, eventually: {within: 60s, match: {apiVersion: example.com/v1, kind: Website, metadata: {name: shop}, status: {ready: 2}}}}
`;
}

/** The controller; `extra` is put at the beginning of its reconcile. */
export function controller(extra = ""): string {
  return `import { type Controller, type KubeObject, splitKey } from "ksim";
import { replicasOf } from "./replicas.ts";

interface Website extends KubeObject {
  readonly spec: { readonly image: string; readonly replicas?: number };
  readonly status?: { readonly ready?: number; readonly note?: string };
}
const KIND = "Website.example.com";

const controller: Controller = {
  name: "website-controller",
  for: KIND,
  owns: ["Deployment"],
  reconcile(key, context) {
    const { client } = context;
    const site = client.get(KIND, key) as Website | undefined;
    if (site === undefined) return;
    ${extra}
    const { apiVersion, kind, metadata: { name, uid } } = site;
    const found = client.get("Deployment", key);
    if (found === undefined) {
      client.create("Deployment", {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: splitKey(key)[0], ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] },
        spec: {
          replicas: replicasOf(site.spec),
          selector: { matchLabels: { site: name } },
          template: {
            metadata: { labels: { site: name } },
            spec: { containers: [{ name: "web", image: site.spec.image }] },
          },
        },
      });
      return;
    }
    const ready = found.status?.readyReplicas ?? 0;
    if (site.status?.ready !== ready) client.updateStatus(KIND, { ...site, status: { ready } } as Website);
  },
};
export default controller;
`;
}

/** What the controller imports. */
export const replicas =
  "export const replicasOf = (spec: { readonly replicas?: number }): number => spec.replicas ?? 1;\n";
