import { describe, expect, it } from "vitest";
import { ksim } from "./run-cli.ts";

interface Answer {
  readonly objects: readonly {
    kind: string;
    name: string;
    state: string;
    why: string;
    source: string;
  }[];
  readonly skipped: readonly string[];
  readonly digest: string;
}

async function answer(path: string, ...args: string[]): Promise<Answer> {
  const { code, out } = await ksim(["run", path, "-o", "json", ...args]);
  expect(code).toBe(0);
  return JSON.parse(out) as Answer;
}

function stateOf({ objects }: Answer, kind: string, name: string): string {
  const found = objects.find((object) => object.kind === kind && object.name === name);
  return `${found?.state}: ${found?.why}`;
}

describe("plain manifests", () => {
  it("come up when nothing is wrong with them, Lists taken apart", async () => {
    const result = await answer("test/scenario/manifests/guestbook");
    expect(result.objects.map(({ state }) => state)).toEqual(Array(6).fill("fine"));
    expect(stateOf(result, "Service", "frontend")).toBe("fine: 3 addresses");
  });

  it("are all accounted for, and what is not well says why", async () => {
    const result = await answer("test/scenario/manifests/shop-with-claims");
    expect(result.objects).toHaveLength(15);
    expect(stateOf(result, "Deployment", "web")).toMatch(
      /^failing: 0\/2 ready: .*Insufficient cpu/,
    );
    expect(stateOf(result, "Service", "web")).toBe(
      "failing: no endpoints: no pod has the labels app=wbe",
    );
    expect(stateOf(result, "StatefulSet", "database")).toMatch(/^failing: 0\/1 ready: /);
    expect(stateOf(result, "Promotion", "summer")).toBe("stored: stored");
    expect(stateOf(result, "ServiceMonitor", "web")).toMatch(
      /^kept: .*nothing here serves ServiceMonitor/,
    );
    expect(stateOf(result, "Ingress", "old")).toMatch(/^kept: /);
    expect(result.skipped).toHaveLength(1);
    expect(result.objects[0]?.source).toMatch(/all\.yaml:1$/);
  });

  it("of a Job whose containers never end say how to declare their end", async () => {
    const job = (annotations: string): string =>
      `{apiVersion: batch/v1, kind: Job, metadata: {name: pi}, spec: {template: {metadata: {annotations: ${annotations}}, spec: {restartPolicy: Never, containers: [{name: pi, image: "perl:5"}]}}}}`;
    const forever = await ksim(["run", "-"], { stdin: job("{}") });
    expect(forever.out).toMatch(/Job +default\/pi +waiting/);
    expect(forever.out.replace(/\s+/g, " ")).toContain('annotation ksim.dev/exits: "{after: 10s}"');
    const ending = await ksim(["run", "-"], { stdin: job('{ksim.dev/exits: "{after: 10s}"}') });
    expect(ending.out).toMatch(/Job +default\/pi +fine +complete/);
  });

  it("can be piped in, on as many nodes as wished", async () => {
    const pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: c}]}\n";
    const without = await ksim(["run", "-", "--nodes", "0", "-o", "json"], { stdin: pod });
    expect(JSON.parse(without.out)).toMatchObject({
      objects: [{ state: "failing", why: expect.stringContaining("no nodes available") as string }],
    });
    const { out } = await ksim(["run", "-"], { stdin: pod });
    expect(out).toContain("✓   Pod   default/p   fine");
  });

  it("that are broken YAML are refused with their place", async () => {
    const { code, err } = await ksim(["run", "-"], {
      stdin: "apiVersion: v1\nkind: Pod\nmetadata: [\n",
    });
    expect(code).toBe(3);
    expect(err).toMatch(/^stdin:\d+:\d+: /);
  });
});
