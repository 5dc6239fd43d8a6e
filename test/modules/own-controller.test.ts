import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ksim } from "../cli/run-cli.ts";
import { controller, definition, replicas, scenario } from "./website.ts";

let folder = "";
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const run = (...args: string[]) => ksim(args, { cwd: folder });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ksim-modules-"));
  write("definition.yaml", definition);
  write("replicas.ts", replicas);
  write("site.yaml", scenario("{controllers: {modules: [./website.ts]}}"));
  write("plain.yaml", scenario("{nodes: [{count: 2}]}"));
  write("website.ts", controller());
});

describe("a controller of the user's own", () => {
  test("runs from a scenario that names its module", async () => {
    const { code, out } = await run("run", "site.yaml");
    expect(code).toBe(0);
    expect(out).toContain("deployment/shop all 2 replicas available");
    expect(out).toContain("✓ ready");
  });

  test("runs when the command line names its module, in run, test and check", async () => {
    expect((await run("run", "plain.yaml")).code).toBe(1);
    for (const command of [["run"], ["test"], ["check", "--runs", "1"]]) {
      const [name = "", ...rest] = command;
      const { code, err } = await run(name, "plain.yaml", "--controller", "./website.ts", ...rest);
      expect(err).toBe("");
      expect(code, name).toBe(0);
    }
  });

  test("that faults break is found by check, shrunk, and named in the command that repeats it", async () => {
    const extra = `for (const node of client.list("Node"))
      if (node.status?.conditions?.some(({ type, status }) => type === "Ready" && status !== "True")) throw new Error("a node is gone");`;
    write(
      "website.ts",
      controller(extra).replace(
        'owns: ["Deployment"]',
        '$&, watches: [{ kind: "Node", keys: () => ["default/shop"] }]',
      ),
    );
    mkdirSync(join(folder, "found"));
    const campaign = ["--exhaustive", "--out", "found/small.yaml"];
    const { code, out, err } = await run("check", "site.yaml", ...campaign);
    expect(out).toContain("no-internal-error");
    expect(out).toContain("a node is gone");
    expect(code).toBe(1);
    expect(err).toContain("Run: ksim run found/small.yaml");
    expect(readFileSync(join(folder, "found/small.yaml"), "utf8")).toContain("../website.ts");
    const again = await run("run", "found/small.yaml");
    expect(again.err).toContain("a node is gone (../website.ts:");
    expect(again.code).toBe(4);
    const given = await run("check", "plain.yaml", "--controller", "./website.ts", ...campaign);
    expect(given.err).toContain("check plain.yaml --controller ./website.ts --exhaustive");
  });

  test("may be JavaScript, several of them, and be disabled by name", async () => {
    write("website.mjs", controller().replace(/: Controller|: KubeObject/g, ""));
    write(
      "both.mjs",
      `const one = (name) => ({name, for: "Pod", reconcile() { throw new Error("never"); }});
export const controllers = [one("first"), {name: "second", default: false, make: () => one("second")}];\n`,
    );
    write(
      "site.yaml",
      scenario("{controllers: {modules: [./website.ts, both.mjs], disable: [first]}}"),
    );
    expect((await run("run", "site.yaml")).code).toBe(0);
  });

  test("replaces a built-in one of its name", async () => {
    write(
      "mine.js",
      `module.exports = { default: { name: "deployment-controller", for: "Deployment", reconcile() {} } };\n`,
    );
    const { code, out } = await run("run", "site.yaml", "--controller", "mine.js");
    expect(code).toBe(1);
    expect(out).not.toContain("bound to");
  });

  test("leads the chain of causes back to what was applied", async () => {
    const { out, code } = await run("why", "deployment/shop", "site.yaml");
    expect(code).toBe(0);
    expect(out).toContain("website-controller");
    expect(out).toContain("site");
  });

  test("goes into a recording with all that it imports, and replays from it elsewhere", async () => {
    const { code } = await run("run", "site.yaml", "--record", "r.ksim");
    expect(code).toBe(0);
    const given = ["run", "plain.yaml", "--controller", "./website.ts", "--record", "g.ksim"];
    expect((await run(...given)).code).toBe(0);
    const other = mkdtempSync(join(tmpdir(), "ksim-modules-"));
    for (const name of ["r.ksim", "g.ksim"]) {
      const text = readFileSync(join(folder, name), "utf8");
      expect(text).not.toContain(folder);
      writeFileSync(join(other, name), text);
      const replay = await ksim(["replay", name, "--frames"], { cwd: other });
      expect(replay.err).toBe("");
      expect(replay.code, name).toBe(0);
    }
  });
});

describe("a module that is no good", () => {
  test.each([
    ["nothing of the sort", "export const x = 1;", 'expected "export default" a controller'],
    ["no exports", "", "got no exports"],
    ["no text", "export default 3", "expected an object with reconcile, got number"],
    ["no name", "export default {reconcile() {}}", "expected name, a text, got reconcile"],
    ["a bad name", "export default {name: 'A b'}", "name: expected lower-case letters"],
    ["no kind", "export default {name: 'a', reconcile() {}}", "controller a: for: expected a kind"],
    [
      "an unknown kind",
      "export default {name: 'a', for: 'Website', reconcile() {}}",
      '"Website.example.com"',
    ],
    [
      "no reconcile",
      "export default {name: 'a', for: 'Pod', reconsile() {}}",
      "it has name, for, reconsile",
    ],
    [
      "an asynchronous reconcile",
      "export default {name: 'a', for: 'Pod', async reconcile() {}}",
      "reconcile must be synchronous",
    ],
    [
      "a bad watch",
      "export default {name: 'a', for: 'Pod', reconcile() {}, watches: [{kind: 'Node'}]}",
      "watches[0].keys: expected a function",
    ],
    ["no list", "export const controllers = 3", "expected a list of controllers"],
    ["a syntax error", "export default {\n  name: = 3\n}", "website.ts:2:8"],
    ["a throw", "\nthrow new Error('too early')", "too early (./website.ts:2"],
    ["an unknown import", "import x from './nowhere.ts'; export default x", "nowhere.ts"],
  ])("with %s is refused where the scenario names it", async (_, text, says) => {
    write("website.ts", text);
    const { code, out, err } = await run("run", "site.yaml");
    expect(err).toContain("site.yaml:7:");
    expect(err).toContain("website.ts");
    expect(err).toContain(says);
    expect(err).not.toMatch(/\n\s+at |node:internal|Require stack/);
    expect(err).not.toContain(folder);
    expect(out).toBe("");
    expect(code).toBe(3);
  });

  test("or is not there is refused, from a scenario and from the command line", async () => {
    write("site.yaml", scenario("{controllers: {modules: [./nowhere.ts]}}"));
    const named = await run("run", "site.yaml");
    expect(named.err).toContain('cannot read the module "./nowhere.ts"');
    expect(named.code).toBe(3);
    const given = await run("test", "plain.yaml", "--controller", "./nowhere.ts");
    expect(given.out + given.err).toContain('cannot read the module "./nowhere.ts"');
    expect(given.code).toBe(3);
  });

  test("an unknown name to enable or disable is refused with a suggestion", async () => {
    write("site.yaml", scenario("{controllers: {disable: [deployment-controler]}}"));
    const { code, err } = await run("run", "site.yaml");
    expect(err).toContain('Did you mean "deployment-controller"?');
    expect(code).toBe(3);
  });
});

describe("a controller that breaks during the run", () => {
  test.each([
    ["throws", 'throw new Error("out of ideas");', "out of ideas (./website.ts:"],
    [
      "reads what is not there",
      "(site as any).spec.no.way;",
      "Cannot read properties of undefined",
    ],
    ["returns a promise", "return Promise.resolve() as never;", "it returned a promise"],
    ["asks to come back at no time", "return { requeueAfter: NaN };", "requeueAfter: NaN"],
    ["asks to come back before", "return { requeueAfter: -1 };", "requeueAfter: -1"],
  ])("and %s stops the run and says where", async (_, extra, says) => {
    write("website.ts", controller(extra));
    const { code, err } = await run("run", "site.yaml");
    expect(err).toContain(
      './website.ts: controller website-controller: reconcile of "default/shop": ',
    );
    expect(err).toContain(says);
    expect(err).toContain("with seed 7. Repeat: ksim run site.yaml --seed 7");
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(4);
  });

  test("and an ApiError means back-off, not the end", async () => {
    write(
      "website.ts",
      controller(
        "if (context.now < 10_000_000) throw new ApiError(409, 'Conflict', 'not yet');",
      ).replace("splitKey }", "splitKey, ApiError }"),
    );
    const { code, out } = await run("run", "site.yaml");
    expect(code).toBe(0);
    expect(out).toContain("✓ ready");
  });

  test("and never comes back is stopped", { timeout: 30_000 }, async () => {
    write("website.ts", controller("for (;;) {}"));
    const { code, err } = await run("run", "site.yaml");
    expect(err).toContain("it did not return within 10 s of real time; does it loop?");
    expect(code).toBe(4);
  });
});

describe("a controller that depends on the outside", () => {
  test.each([
    ["the clock", "String(Date.now() + performance.now())"],
    ["Math.random", "String(Math.random())"],
    ["state of its module", "String(++(globalThis as any).ksimTestCounter)"],
  ])("fails as a test: %s", async (_, value) => {
    (globalThis as { ksimTestCounter?: number }).ksimTestCounter = 0;
    write(
      "website.ts",
      controller(
        `if (site.status?.note === undefined) { client.updateStatus(KIND, { ...site, status: { note: ${value} } } as Website); return; }`,
      ),
    );
    const { code, out } = await run("test", "site.yaml");
    expect(out).toContain("two runs with one seed differ");
    expect(out).toContain("Date.now()");
    expect(out).toContain("Math.random()");
    expect(code).toBe(1);
  });
});
