import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { drawFaults, everyFault } from "../../sim/check/fault-plan.ts";
import { MILLISECOND, MINUTE, SECOND } from "../../sim/engine/time.ts";
import { ksim } from "../cli/run-cli.ts";

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: sites, singular: site, kind: Site}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, properties: {pods: {type: integer}}}
            status: {type: object, properties: {pods: {type: integer}}}
`;

/** Makes a Site's pods under random names. \`twice\`: it forgets after a crash that it has begun; \`mute\`: that it must tell. */
const controller = (bug: "twice" | "mute"): string => `import type { Controller } from "ksim";
const controller: Controller = {
  name: "site",
  for: "Site.example.com",
  owns: ["Pod"],
  reconcile(key, { client, memory }) {
    const site = client.get("Site.example.com", key) as any;
    if (site === undefined) return;
    const { name, namespace, uid } = site.metadata;
    const pods = [...client.list("Pod", namespace)].filter(({ metadata }) => metadata.labels?.["site"] === name);
    const begun = ${bug === "twice" ? "memory.get(key) === true" : "pods.length > 0"};
    for (let made = 0; made < (begun ? 0 : site.spec.pods); made++)
      client.create("Pod", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { generateName: name + "-", namespace, labels: { site: name }, ownerReferences: [{ apiVersion: "example.com/v1", kind: "Site", name, uid, controller: true }] },
        spec: { containers: [{ name: "main", image: "site:1" }] },
      } as any);
    if (!begun) memory.set(key, true);
    if (memory.get(key) === true && site.status?.pods !== pods.length)
      client.updateStatus("Site.example.com", { ...site, status: { pods: pods.length } });
  },
};
export default controller;
`;

const law = `import type { Invariant } from "ksim";
const invariant: Pick<Invariant, "name" | "description" | "watch"> = {
  name: "two-at-most",
  description: "A Site never has more pods than it asks for",
  watch: () => {
    const pods = new Set<string>();
    return {
      take(entry) {
        if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
        if (entry.after === undefined) pods.delete(entry.key);
        else pods.add(entry.key);
        return pods.size > 2 ? pods.size + " pods" : undefined;
      },
    };
  },
};
export default invariant;
`;

const scenario = (expects: string): string => `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: site}
spec:
  duration: 3m
  cluster: {controllers: {modules: [./site.ts]}}
  steps:
    - {id: define, at: 0s, apply: {file: site.crd.yaml}}
    - id: create
      after: define
      delay: 2s
      apply: {manifest: {apiVersion: example.com/v1, kind: Site, metadata: {name: shop}, spec: {pods: 2}}}
      expect: {name: told, eventually: {within: 1m, match: {apiVersion: example.com/v1, kind: Site, metadata: {name: shop}, status: {pods: 2}}}}
  ${expects}
`;

function world(bug: "twice" | "mute", expects: string): string {
  const cwd = mkdtempSync(join(tmpdir(), "ksim-own-laws-"));
  writeFileSync(join(cwd, "site.crd.yaml"), definition);
  writeFileSync(join(cwd, "site.ts"), controller(bug));
  writeFileSync(join(cwd, "two.ts"), law);
  writeFileSync(join(cwd, "site.yaml"), scenario(expects));
  return cwd;
}

describe("a controller that forgets what it has begun", () => {
  let cwd = "";
  beforeAll(() => {
    cwd = world("twice", "expect: [{name: not more, always: {invariant: ./two.ts}}]");
  });

  it("is well as long as nothing happens", async () => {
    expect((await ksim(["test", "site.yaml"], { cwd })).code).toBe(0);
  });

  it("breaks the scenario's own law under faults, with a file and a command that show it again", async () => {
    const words = ["check", "site.yaml", "--runs", "20", "--out", "small.yaml"];
    const { code, out, err } = await ksim(words, { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(
      /^✗ two-at-most broken at .*: [34] pods\n {2}1 of \d+ faults? is enough:\n/,
    );
    expect(out).toContain("controller-crash");
    const again = /Repeat: ksim (.*)\n/.exec(err)?.[1]?.split(" ") ?? [];
    expect((await ksim(again, { cwd })).out).toContain("✗ two-at-most broken");
    expect(readFileSync(join(cwd, "small.yaml"), "utf8")).toContain("invariant: ./two.ts");
    const shown = await ksim(["run", "small.yaml"], { cwd });
    expect(shown.code).toBe(1);
    expect(shown.out).toMatch(/✗ not more .*\n +[34] pods/);
  }, 60_000);

  it("is held to that law only where it is asked for", async () => {
    const check = (laws: string) =>
      ksim(["check", "site.yaml", "--runs", "20", "--invariants", laws], { cwd });
    expect((await check("bind-once")).out).toMatch(/^✗ recovers/);
    expect((await check("two-at-most")).out).toMatch(/^✗ two-at-most/);
    expect((await check("two-at-mots")).err).toContain("Did you mean two-at-most?");
  }, 60_000);
});

describe("a controller that stops telling", () => {
  it("does not come to what the scenario expects of its objects, and the small file shows it", async () => {
    const cwd = world("mute", "title: x");
    const { code, out } = await ksim(["check", "site.yaml", "--runs", "40"], { cwd });
    expect(out).toMatch(/^✗ recovers broken at 15:00.0 .*: told: not so in the end: Site shop/);
    expect(code).toBe(1);
    const shown = await ksim(["run", "site-shrunk.yaml", "-q"], { cwd });
    expect(shown.code).toBe(1);
    expect(shown.out).toContain("✗ told");
  }, 60_000);
});

describe("a scenario that does not keep what it expects", () => {
  it("is told of, for nothing will be looked at under faults that is not so without them", async () => {
    const cwd = world(
      "mute",
      "expect: [{name: three, eventually: {match: {apiVersion: example.com/v1, kind: Site, status: {pods: 3}}}}]",
    );
    const { err } = await ksim(["check", "site.yaml", "--runs", "1"], { cwd });
    expect(err).toMatch(
      /^Not kept without any fault, and not looked at: three\. See: ksim run site\.yaml\n/,
    );
  });
});

describe("drawn faults", () => {
  const playground = { until: 5 * MINUTE, steps: [2 * MINUTE], controllers: ["mine"] };
  const drawn = Array.from({ length: 200 }, (_, at) => drawFaults(String(at), playground)).flat();

  it("begin close to a step half of the time", () => {
    const close = drawn.filter(({ at }) => Math.abs(at - 2 * MINUTE) <= 3 * SECOND).length;
    expect(close / drawn.length).toBeGreaterThan(0.4);
    expect(close / drawn.length).toBeLessThan(0.65);
    expect(drawn.every(({ at }) => at >= MILLISECOND && at <= playground.until)).toBe(true);
  });

  it("crash the user's own controllers alone, between two writes, too", () => {
    const crashes = drawn.filter(({ fault }) => JSON.stringify(fault).includes('"mine"'));
    expect(new Set(crashes.map(({ fault }) => fault["writes"]))).toEqual(
      new Set([undefined, 1, 2, 3]),
    );
  });

  it("stand before and behind every step where each is tried alone", () => {
    const instants = new Set(everyFault(playground).map(([one]) => one?.at));
    expect([...instants]).toEqual([119 * SECOND, 121 * SECOND, 150 * SECOND]);
  });
});

describe("a workload that cannot recover", () => {
  it("is told of with a file and a command that show it again, also from standard input", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "ksim-recovers-"));
    const spec = `{replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: "a:1"}]}}}`;
    const cordoned = `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: cordoned}
spec:
  duration: 3m
  cluster: {nodes: [{count: 1, name: "node-{i}"}]}
  steps:
    - {id: a, at: 0s, apply: {manifest: {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: ${spec}}}}
    - {id: c, at: 30s, kubectl: cordon node-1}
`;
    const words = [
      "check",
      "-",
      "--runs",
      "20",
      "--invariants",
      "no-overcommit",
      "--out",
      "s.yaml",
    ];
    const { code, out, err } = await ksim(words, { cwd, stdin: cordoned });
    expect(code).toBe(1);
    expect(out).toContain("Deployment default/web has not recovered");
    expect(err).toContain("Repeat: ksim check - --invariants no-overcommit --runs 1 --seed");
    const again = await ksim(["run", "s.yaml", "-q"], { cwd });
    expect(again.code).toBe(1);
    expect(again.out).toContain("✗ recovers");
  });
});
