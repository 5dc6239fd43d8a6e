import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandTable } from "../../cli/command-table.ts";
import { ksim } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "ksim-cli-"));

describe("the command line", () => {
  it("prints help on stdout, and for every command examples", async () => {
    const help = await ksim(["--help"]);
    expect(help.code).toBe(0);
    for (const { name } of commandTable) {
      expect(help.out).toContain(`ksim ${name}`);
      const own = await ksim([name, "--help"]);
      expect(own.code, name).toBe(0);
      expect(own.out).toContain("Examples:");
      expect(own.out).toContain("--quiet");
    }
  });

  it.each([
    [["rnu", "tour"], "unknown command rnu", "Did you mean ksim run?"],
    [["run", "tour", "--sed", "5"], "unknown option --sed", "Did you mean --seed?"],
    [["run", "tour", "-x"], "unknown option -x", "ksim run --help"],
    [["run", "tour", "-o", "jsn"], "--output: expected one of", "Did you mean json?"],
    [["--hlep"], "unknown option --hlep", "Did you mean ksim --help?"],
    [["run", "tour", "--hepl"], "unknown option --hepl", "Did you mean --help?"],
    [["run", "tour", "--seed"], "--seed: expected a value behind it", "ksim run --help"],
    [
      ["run", "tour", "--set", "a=1", "--set"],
      "--set: expected a value behind it",
      "ksim run --help",
    ],
    [["run", "tour", "-o", "-q"], "--output: expected a value behind it", "ksim run --help"],
    [["run", "tour", "--no-seed"], "unknown option --no-seed", "ksim run --help"],
    [["run"], "expected FILE", "ksim run --help"],
    [["run", ""], "expected FILE", "ksim run --help"],
    [["test", "tour", ""], "expected PATH", "ksim test --help"],
    [["run", "a", "b"], 'unexpected argument "b"', "ksim run --help"],
    [["run", "tour", "--until", "later"], "--until: expected a duration", ""],
    [["check", "scenarios/job.yaml", "--budget", "0s"], "--budget: expected a duration", ""],
    [["run", "tour", "--set", "replicas"], "--set: expected k=v", ""],
    [["list", "scenarois"], "unknown list", "Did you mean scenarios?"],
    [["schema", "Scenarioo"], "unknown kind", "Did you mean Scenario?"],
    [
      ["check", "tour", "--invariants", "no-overcomit"],
      "unknown invariant",
      "Did you mean no-overcommit?",
    ],
    [["replay", "tour"], "needs a terminal", "--frames"],
  ])("%j is a mistake of usage", async (args, says, hint) => {
    const { code, out, err } = await ksim(args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(says);
    expect(err).toContain(hint);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it("takes a short option's value in the same word, as kubectl does", async () => {
    const { code, out } = await ksim(["get", "pods", "-nkube-system", "-oname", "tour"]);
    expect(code).toBe(0);
    expect(out).toBe((await ksim(["get", "pods", "-n", "kube-system", "-o", "name", "tour"])).out);
  });

  it("completes the words that a command knows", async () => {
    const words = async (...typed: string[]): Promise<readonly string[]> =>
      (await ksim(["--get-completions", ...typed])).out.split("\n");
    expect(await words("list", "")).toEqual(expect.arrayContaining(["functions", "verbs"]));
    expect(await words("import", "s")).toEqual(["simkube", "swf", ""]);
    expect(await words("get", "pods", "tou")).toEqual(["tour", ""]);
  });

  it("keeps 64-bit seeds as they were given", async () => {
    const { out } = await ksim([
      "run",
      "tour",
      "--seed",
      "12345678901234567890",
      "--until",
      "10s",
      "-o",
      "json",
    ]);
    expect((JSON.parse(out) as { seed: string }).seed).toBe("12345678901234567890");
  });

  it("refuses a bad file with code 3, its place and no stack trace", async () => {
    writeFileSync(
      join(folder, "bad.yaml"),
      "apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: bad}\nspec: {durration: 1m}\n",
    );
    const { code, err } = await ksim(["run", "bad.yaml"], { cwd: folder });
    expect(code).toBe(3);
    expect(err).toMatch(/^bad\.yaml:4:8: spec\.durration: unknown key "durration"\n/);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it("refuses a missing file with code 3 and a near name", async () => {
    const { code, err } = await ksim(["run", "scenarios/tuor.yaml"]);
    expect(code).toBe(3);
    expect(err).toContain("scenarios/tuor.yaml:1:1: ");
    expect(err).toContain('"scenarios/tour.yaml"');
  });

  it("refuses a file in a folder that is none with code 3", async () => {
    const { code, err } = await ksim(["run", "scenarios/tour.yaml/shop.yaml"]);
    expect(code).toBe(3);
    expect(err).toContain("scenarios/tour.yaml/shop.yaml:1:1: expected a file");
  });

  it("ends with code 1 when an expectation fails, and says how to repeat it", async () => {
    const { code, err } = await ksim(["run", "tour", "--until", "8s", "-q"]);
    expect(code).toBe(1);
    expect(err).toContain("Repeat: ksim run tour --until 8s -q --seed 42");
  });

  it("finds scenarios in JSON and behind a byte order mark in a folder, too", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "ksim-folder-"));
    const spec = { title: "t", duration: "1s", steps: [] };
    const head = { apiVersion: "ksim.dev/v1", kind: "Scenario" };
    writeFileSync(join(cwd, "a.json"), JSON.stringify({ ...head, metadata: { name: "a" }, spec }));
    writeFileSync(
      join(cwd, "b.yaml"),
      "\ufeffkind: Scenario\napiVersion: ksim.dev/v1\nmetadata: {name: b}\nspec: {title: t, duration: 1s, steps: []}\n",
    );
    const { out } = await ksim(["test", ".", "-o", "tap"], { cwd });
    expect(out).toBe("TAP version 14\n1..2\nok 1 - a\nok 2 - b\n");
  });

  it("takes no digests of altered runs for golden ones", async () => {
    const { code, err } = await ksim(["test", "tour", "--set", "replicas=4", "--update"]);
    expect(code).toBe(2);
    expect(err).toContain("--update goes without --set");
  });

  it("writes a scenario to start from that passes", async () => {
    expect((await ksim(["new", "mine"], { cwd: folder })).code).toBe(0);
    expect((await ksim(["lint", "mine.yaml"], { cwd: folder })).code).toBe(0);
    expect((await ksim(["test", "mine.yaml", "-o", "tap"], { cwd: folder })).out).toContain(
      "ok 1 - mine",
    );
  });

  it("records a run, replays it, and refuses a recording that diverges with code 4", async () => {
    expect(
      (await ksim(["run", "drain-with-pdb", "--record", "r.ksim", "-q"], { cwd: folder })).code,
    ).toBe(0);
    const replayed = await ksim(["replay", "r.ksim", "--frames", "--every", "60s"], {
      cwd: folder,
    });
    expect(replayed.code).toBe(0);
    expect(replayed.out).toContain("t = 60s".replace("60s", "1m"));
    const text = readFileSync(join(folder, "r.ksim"), "utf8");
    const { digest } = JSON.parse(text) as { digest: string };
    writeFileSync(join(folder, "other.ksim"), text.replace(digest, "0".repeat(64)));
    const diverged = await ksim(["replay", "other.ksim", "--frames"], { cwd: folder });
    expect(diverged.code).toBe(4);
    expect(diverged.err).toContain("diverges");
    expect(text).not.toContain(folder);
  });

  describe("a recording", () => {
    const diverging = async (): Promise<string> => {
      await ksim(["run", "crash-loop", "--record", "r.ksim", "-q"], { cwd: folder });
      const { digest, ...rest } = JSON.parse(readFileSync(join(folder, "r.ksim"), "utf8"));
      const write = (name: string, value: object): void =>
        writeFileSync(join(folder, name), JSON.stringify(value));
      write("other.ksim", { ...rest, digest: [...digest].reverse().join("") });
      write("without.ksim", rest);
      write("torn.ksim", { ...rest, digest, files: [{ name: 1 }] });
      return folder;
    };

    it.each([
      ["run", "other.ksim", "-q"],
      ["get", "pods", "--at", "1m", "other.ksim"],
      ["diff", "0s", "1m", "other.ksim"],
      ["why", "pod/broken", "other.ksim"],
      ["export", "--csv", "other.ksim"],
    ])("that diverges is told of with code 4 by ksim %s", async (...words) => {
      const { code, err } = await ksim(words, { cwd: await diverging() });
      expect(code).toBe(4);
      expect(err).toContain("the replay diverges from the recording");
    });

    it.each(["without.ksim", "torn.ksim"])("that is not whole is refused: %s", async (file) => {
      const { code, err } = await ksim(["replay", "--frames", file], { cwd: await diverging() });
      expect(code).toBe(3);
      expect(err).toContain(`${file}:1:1: expected a recording as ksim writes it`);
    });

    it.each([
      ["--seed", "5"],
      ["--set", "a=b"],
      ["--scheduler", "random"],
      ["--until", "5m"],
      ["--record", "copy.ksim"],
    ])("says itself how it is run: %s is refused", async (...words) => {
      const { code, err } = await ksim(["run", "r.ksim", ...words], { cwd: await diverging() });
      expect(code).toBe(2);
      expect(err).toContain(`ksim: ${words[0]} goes with scenarios\nA recording says itself`);
    });
  });

  it("replays as far as it is told, in steps that come to an end", async () => {
    const { code, out } = await ksim(["replay", "crash-loop", "--frames", "--until", "20s"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^t = 0s$/m);
    expect(out).not.toMatch(/^t = \d+m(?!s)/m);
    const endless = await ksim(["replay", "crash-loop", "--frames", "--every", "0s"]);
    expect(endless.code).toBe(2);
    expect(endless.err).toContain("--every: expected a time above 0s");
  });

  it("prints one RunResult as JSON, without the clock and paths of the machine", async () => {
    const { code, out } = await ksim(["run", "tour", "-o", "json"]);
    expect(code).toBe(0);
    const result = JSON.parse(out) as Record<string, unknown>;
    expect(Object.keys(result)).toEqual([
      "apiVersion",
      "kind",
      "scenario",
      "seed",
      "scheduler",
      "version",
      "digest",
      "simulatedSeconds",
      "events",
      "writes",
      "decisions",
      "podsBound",
      "expectations",
      "measures",
      "violations",
    ]);
    expect(result).toMatchObject({
      apiVersion: "ksim.dev/v1",
      kind: "RunResult",
      scenario: "tour",
      seed: "42",
      simulatedSeconds: 480,
    });
  });
});

describe("looking back", () => {
  it("shows objects as kubectl does, at any instant", async () => {
    const { out } = await ksim(["get", "pods", "--at", "1m", "node-failure"]);
    expect(out.split("\n")[0]).toMatch(/^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE$/);
    expect(out.match(/1\/1\s+Running/g)).toHaveLength(3);
    const nodes = await ksim(["get", "nodes", "-A", "--at", "1m", "node-failure"]);
    expect(nodes.out).toMatch(/^NAME\s/);
    const early = await ksim(["get", "pods", "--at", "0s", "node-failure"]);
    expect(early.err).toContain("No resources found");
  });

  it("explains a replacement pod back to the fault and the step", async () => {
    const { out } = await ksim(["why", "pod/shop", "--at", "9m", "node-failure"]);
    expect(out).toContain("fault node-crash begins");
    expect(out).toMatch(/step crash/);
  });

  it("tells what changed between two instants", async () => {
    const { out } = await ksim(["diff", "0s", "30s", "node-failure"]);
    expect(out).toContain("+ Deployment default/shop");
  });
});

describe("decide", () => {
  it("answers a line with a line, and names the line of a mistake", async () => {
    const node = {
      metadata: { name: "n" },
      status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110" } },
    };
    const pending = {
      metadata: { name: "p", namespace: "default" },
      spec: { containers: [{ name: "c", resources: { requests: { cpu: "8" } } }] },
    };
    const line = JSON.stringify({ name: "one", input: { nodes: [node], pending } });
    const { out } = await ksim(["decide"], { stdin: `${line}\n\n${line}\n` });
    const [first, second] = out
      .trim()
      .split("\n")
      .map(
        (text) =>
          JSON.parse(text) as { name: string; decision: { result: string; message: string } },
      );
    expect(first).toEqual(second);
    expect(first?.decision.message).toContain("0/1 nodes are available: 1 Insufficient cpu");
    const bad = await ksim(["decide"], { stdin: `${line}\nnonsense\n` });
    expect(bad.code).toBe(3);
    expect(bad.err).toContain("stdin:2:");
  });

  it.each([
    ["null", '"nodes"'],
    ['{"nodes": [null], "pending": {}}', '"nodes"'],
    ['{"nodes": [], "pending": {"metadata": {"name": "p"}}}', '"pending"'],
    [
      '{"nodes": [], "pending": {"metadata": {}, "spec": {"containers": []}}, "pods": {}}',
      '"pods"',
    ],
    [
      '{"nodes": [], "pending": {"metadata": {}, "spec": {"containers": []}}, "objects": {"pvs": [1]}}',
      '"objects"',
    ],
  ])("says of %s what it lacks", async (line, lacks) => {
    const { code, err } = await ksim(["decide"], { stdin: line });
    expect(code).toBe(3);
    expect(err).toContain(`stdin:1:1: expected ${lacks}`);
  });

  it("answers cases in no other form than theirs", async () => {
    const { code, err } = await ksim(["decide", "-o", "yaml"], { stdin: "" });
    expect(code).toBe(2);
    expect(err).toContain("-o yaml goes with --cluster and --pod");
  });
});
