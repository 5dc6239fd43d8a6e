import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ksim } from "./run-cli.ts";

const tour = ["--at", "1m30s", "tour"];

describe("ksim get", () => {
  it("prints a JSON object a line with -o jsonl", async () => {
    const { code, out } = await ksim(["get", "pods", ...tour, "-o", "jsonl"]);
    expect(code).toBe(0);
    const pods = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string });
    expect(pods.map(({ kind }) => kind)).toEqual(["Pod", "Pod", "Pod"]);
  });

  it("takes several kinds, and names each object with its kind", async () => {
    const { code, out } = await ksim(["get", "deploy,rs", ...tour]);
    expect(code).toBe(0);
    expect(out).toMatch(/^deployment\.apps\/shop +3\/3/m);
    expect(out).toMatch(/^replicaset\.apps\/shop-\w+ +3/m);
  });

  it("knows what kubectl means by all", async () => {
    const { code, out } = await ksim(["get", "all", ...tour, "-o", "name"]);
    expect(code).toBe(0);
    expect(out).toContain("service/shop\ndeployment.apps/shop\n");
  });
});

describe("ksim list", () => {
  it("prints a JSON object a line with -o jsonl", async () => {
    const { out } = await ksim(["list", "faults", "-o", "jsonl"]);
    for (const line of out.trimEnd().split("\n"))
      expect(JSON.parse(line)).toHaveProperty("description");
  });
});

describe("ksim run of a folder", () => {
  it("tells of a pod's creation once, and counts one as one", async () => {
    const stdin =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: b}]}\n";
    const { out } = await ksim(["run", "-"], { stdin });
    expect(out.match(/pod\/p created/g)).toHaveLength(1);
    expect(out).toContain("1 object: ");
    expect(out).toContain("1 pod bound");
  });

  it("says where the only file is broken", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ksim-broken-"));
    writeFileSync(join(folder, "chart.yaml"), "kind: Pod\n---\n{{- if .Values.on }}\nkind: Pod\n");
    const { code, err } = await ksim(["run", "."], { cwd: folder });
    expect(code).toBe(3);
    expect(err).toMatch(/^\.\/chart\.yaml:3:\d+: not valid YAML/);
  });
});
