import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ksim } from "./run-cli.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "ksim-places-"));
  mkdirSync(join(cwd, "folder"));
  writeFileSync(join(cwd, "file"), "");
});

describe("a place that cannot be written", () => {
  it.each([
    ["run", "crash-loop", "--record", "nowhere/x.ksim"],
    ["run", "crash-loop", "--record", "folder"],
    ["run", "crash-loop", "--journal", "nowhere/x.jsonl"],
    ["run", "crash-loop", "--journal", "folder"],
    ["export", "crash-loop", "--csv", "--out", "file/x.csv"],
    ["check", "crash-loop", "--runs", "1", "--out", "nowhere/x.yaml"],
    ["test", "crash-loop", "--junit", "nowhere/x.xml"],
    ["bench", "crash-loop", "--seeds", "1", "--out", "file"],
    ["import", "swf", "none.swf", "--out", "nowhere/x.json"],
  ])("is refused before anything is done: %s %s %s %s", async (...words) => {
    const { code, out, err } = await ksim(words, { cwd });
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(
      /^ksim: cannot write \S+: (there is no such folder|it is a folder|it is a file|its folder is a file)\n$/,
    );
    expect(readdirSync(cwd).sort()).toEqual(["file", "folder"]);
  });

  it.each(["--journal", "--record"])(
    "may be a device or a link, which stay what they are: %s",
    async (option) => {
      symlinkSync("/dev/null", join(cwd, "null"));
      symlinkSync("file", join(cwd, "link"));
      for (const place of ["null", "link"])
        expect((await ksim(["run", "crash-loop", "-q", option, place], { cwd })).code).toBe(0);
      expect(statSync(join(cwd, "null")).isCharacterDevice()).toBe(true);
      expect(lstatSync(join(cwd, "link")).isSymbolicLink()).toBe(true);
      expect(statSync(join(cwd, "file")).size).toBeGreaterThan(0);
      expect(readdirSync(cwd).sort()).toEqual(["file", "folder", "link", "null"]);
    },
  );

  it("holds a journal when it is whole, and nothing beside it", async () => {
    const { code } = await ksim(["run", "crash-loop", "-q", "--journal", "j.jsonl"], { cwd });
    expect(code).toBe(0);
    expect(existsSync(join(cwd, "j.jsonl"))).toBe(true);
    expect(readdirSync(cwd).sort()).toEqual(["file", "folder", "j.jsonl"]);
  });
});

describe("words that cannot be read are the user's mistake", () => {
  it.each([
    [
      ["run", "tour", "--seed"],
      /^ksim: --seed: expected a value behind it\nSee: ksim run --help\n$/,
    ],
    [["get", "pods", "tour", "-o"], /^ksim: --output: expected a value behind it\n/],
    [["hlep"], /^ksim: unknown command hlep\nDid you mean ksim help\?\n$/],
    [["test", "tour", "--golden", "folder"], /^ksim: \S+folder holds no golden digests\n/],
    [["test", "tour", "--golden", "file"], /^ksim: \S+file holds no golden digests\n/],
  ])("%j", async (words, says) => {
    const { code, err } = await ksim(words, { cwd });
    expect(err).toMatch(says);
    expect(code).toBe(2);
  });
});

describe("what a command cannot heed is not passed over in silence", () => {
  const pod =
    '{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: "web:1"}]}}';

  it.each([
    [["run", "crash-loop", "--nodes", "5"], /^ksim: --nodes goes with plain manifests\n/],
    [["run", "pod.yaml", "--set", "a=b"], /^ksim: --set goes with scenarios\n/],
    [["run", "pod.yaml", "--record", "x.ksim"], /^ksim: --record goes with scenarios\n/],
    [["test", "folder"], /^ksim: there is no scenario in folder\n/],
    [["why", "broken", "crash-loop"], /^ksim: expected kind\/name, got "broken"\n/],
    [["why", "pod/brokn", "crash-loop"], /\nDid you mean "broken"\?\n$/],
    [["why", "pod/broken", "--field", "status.phse", "crash-loop"], /\nDid you mean "phase"\?\n$/],
  ])("%j", async (words, says) => {
    writeFileSync(join(cwd, "pod.yaml"), pod);
    const { code, err } = await ksim(words, { cwd });
    expect(err).toMatch(says);
    expect(code).toBe(2);
  });

  it("an instant behind the end is said to be the end", async () => {
    const { code, out, err } = await ksim(["get", "pods", "--at", "99m", "crash-loop"]);
    expect(code).toBe(0);
    expect(err).toBe("ksim: --at 99m: the run ends at 12m, this is how it ends\n");
    expect(out).toBe((await ksim(["get", "pods", "crash-loop"])).out);
  });
});

describe("ksim list", () => {
  it("tells of every form of a function, and of a fault's parameters in a document", async () => {
    expect((await ksim(["list", "functions", "-o", "name"])).out).toContain(
      "pods()\npods(string)".replaceAll(")", "): list"),
    );
    const { items } = JSON.parse((await ksim(["list", "faults", "-o", "json"])).out);
    expect(items[0]).toMatchObject({
      name: "node-crash",
      parameters: { mode: { type: "string" } },
    });
  });
});

describe("ksim lint", () => {
  it("checks experiments, too", async () => {
    expect((await ksim(["lint", "scenarios/experiments"])).out).toBe("2 files fine\n");
    writeFileSync(
      join(cwd, "e.yaml"),
      "apiVersion: ksim.dev/v1\nkind: Experiment\nmetadata: {name: e}\nspec: {workload: {scenario: tour}, sheduler: [default]}\n",
    );
    const { code, err } = await ksim(["lint", "e.yaml"], { cwd });
    expect(code).toBe(3);
    expect(err).toMatch(/^e\.yaml:4:36: spec\.sheduler: unknown key "sheduler"\n/);
  });
});
