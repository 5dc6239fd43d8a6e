import type { Template } from "./template.ts";

/** An operator: a custom kind, the controller that reconciles it, a scenario, and a property test. */
export function controllerTemplate(name: string): Template {
  const kind = kindOf(name);
  return {
    files: [
      [`${name}.ts`, moduleText(name, kind)],
      [`${name}.crd.yaml`, definitionText(kind)],
      [`${name}.yaml`, scenarioText(name, kind)],
      [`${name}.test.ts`, testText(name, kind)],
    ],
    tryIt: [
      `ksim run ${name}.yaml`,
      `ksim check ${name}.yaml --runs 20`,
      `npx vitest run ${name}.test.ts   # needs: npm install --save-dev ksim vitest fast-check`,
    ],
  };
}

/** `MyShop` for `my-shop` and `my-shop-controller`. */
function kindOf(name: string): string {
  const words = name.replace(/-?controller$/, "").split("-");
  const kind = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Z]/.test(kind) ? kind : `My${kind}`;
}

function moduleText(name: string, kind: string): string {
  return `import type { Controller, KubeObject } from "ksim";

/** The custom kind, as ${name}.crd.yaml defines it. In the API's caches it is known with its group. */
interface ${kind} extends KubeObject {
  readonly spec: { readonly image: string; readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
}
const KIND = "${kind}.example.com";

/**
 * Brings the world closer to what a ${kind} asks for. It gets a key, never an event; it reads a cache that may lag, so a
 * write may be refused with a conflict: let the ApiError through, it means back-off and another try. It must be
 * synchronous, and may keep nothing but what it puts into \`context.memory\`. Time is \`context.now\`.
 */
const controller: Controller = {
  name: "${name}",
  for: KIND,
  owns: ["Deployment"],
  reconcile(key, { client }) {
    const owner = client.get(KIND, key) as ${kind} | undefined;
    if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return;
    const wanted = deploymentOf(owner);
    const found = client.get("Deployment", key);
    if (found === undefined) {
      client.create("Deployment", wanted);
      return;
    }
    if (found.spec.replicas !== wanted.spec.replicas) {
      client.update("Deployment", { ...found, spec: { ...found.spec, replicas: wanted.spec.replicas } });
      return;
    }
    const readyReplicas = found.status?.readyReplicas ?? 0;
    if (owner.status?.readyReplicas !== readyReplicas)
      client.updateStatus(KIND, { ...owner, status: { readyReplicas } } as ${kind});
  },
};
export default controller;

function deploymentOf({ apiVersion, kind, metadata, spec }: ${kind}) {
  const { name, uid, namespace = "default" } = metadata;
  const labels = { "example.com/owner": name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace,
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      replicas: spec.replicas ?? 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: spec.image }] } },
    },
  } as const;
}
`;
}

function definitionText(kind: string): string {
  const singular = kind.toLowerCase();
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${singular}s.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: ${singular}s, singular: ${singular}, kind: ${kind}}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [image]
              properties:
                image: {type: string}
                replicas: {type: integer, minimum: 0}
            status:
              type: object
              properties:
                readyReplicas: {type: integer}
`;
}

function scenarioText(name: string, kind: string): string {
  return `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: ${name}}
spec:
  title: A ${kind} is brought up, scaled, and survives its controller
  seed: "1"
  duration: 5m
  cluster:
    controllers: {modules: [./${name}.ts]}
  steps:
    - {id: define, at: 0s, apply: {file: ${name}.crd.yaml}}
    - id: create
      after: define
      delay: 2s
      apply: {manifest: {apiVersion: example.com/v1, kind: ${kind}, metadata: {name: shop}, spec: {image: "web:1", replicas: 2}}}
    - {id: crash, at: 1m, fault: {type: controller-crash, target: {controller: ${name}}, for: 10s}}
    - id: grow
      after: crash
      delay: 1s
      apply: {manifest: {apiVersion: example.com/v1, kind: ${kind}, metadata: {name: shop}, spec: {image: "web:1", replicas: 3}}}
  expect:
    - {name: comes up, eventually: {within: 60s, since: create, that: "deployment('shop').status.readyReplicas == 2"}}
    - {name: grows, eventually: {within: 60s, since: grow, match: {apiVersion: example.com/v1, kind: ${kind}, metadata: {name: shop}, status: {readyReplicas: 3}}}}
    - {name: one owner, always: {invariant: one-controller-owner}}
`;
}

function testText(name: string, kind: string): string {
  return `import { readFileSync } from "node:fs";
import fc from "fast-check";
import { applyManifests, type Cluster, createCluster, type KubeObject, keyOf, MINUTE, SECOND } from "ksim";
import { expect, test } from "vitest";
import controller from "./${name}.ts";

const definition = readFileSync(new URL("./${name}.crd.yaml", import.meta.url), "utf8");
const KIND = "${kind}.example.com";

/** A cluster with the controller and one ${kind} of this size. */
function begin(seed: string, replicas: number): Cluster {
  const nodes = [{ count: 3, name: "node-{i}", capacity: { cpu: "4", memory: "8Gi" } }];
  const cluster = createCluster({ seed, nodes, ownControllers: [controller] });
  applyManifests(cluster, definition);
  cluster.runUntil(1 * SECOND);
  applyManifests(
    cluster,
    \`{apiVersion: example.com/v1, kind: ${kind}, metadata: {name: shop}, spec: {image: "web:1", replicas: \${replicas}}}\`,
  );
  return cluster;
}

/** What must be true when nothing is left to be done. */
function expectConverged(cluster: Cluster, replicas: number): void {
  const owner = cluster.store.get(KIND, "default/shop") as KubeObject & { status?: unknown };
  expect(owner.status).toEqual({ readyReplicas: replicas });
  expect([...cluster.store.objects("Deployment").values()].map(keyOf)).toEqual(["default/shop"]);
}

// Times in seconds from the start. fast-check shrinks what fails to the fewest, and prints its seed and path to repeat it.
const fault = fc.record({
  at: fc.integer({ min: 2, max: 120 }),
  for: fc.integer({ min: 1, max: 60 }),
  type: fc.constantFrom("controller-crash", "stale-watch", "api-errors", "api-latency", "pod-kill", "node-crash"),
});

test("converges whatever breaks on the way", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 5 }), fc.array(fault, { maxLength: 5 }), (seed, replicas, faults) => {
      const cluster = begin(seed, replicas);
      for (const { at, for: span, type } of [...faults].sort((a, b) => a.at - b.at)) {
        cluster.runUntil(at * SECOND);
        if (type === "pod-kill" && cluster.store.objects("Pod").size === 0) continue;
        cluster.faults.begin({ type, mode: "one", for: span * SECOND });
      }
      cluster.runUntil(20 * MINUTE);
      expectConverged(cluster, replicas);
    }),
    { numRuns: 10 },
  );
}, 120_000);

test("converges after a crash right behind any of its writes", () => {
  for (let writes = 1; writes <= 5; writes++) {
    const cluster = begin("crash", 2);
    cluster.controllers.get("${name}")?.crashAfterWrites(writes);
    cluster.runUntil(5 * MINUTE);
    expectConverged(cluster, 2);
  }
}, 120_000);
`;
}
