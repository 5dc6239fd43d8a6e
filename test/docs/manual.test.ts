import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { docTables, fillTables } from "../../bin/docs-tables.ts";
import { readArguments } from "../../cli/command-line.ts";
import { commandTable } from "../../cli/command-table.ts";
import { loadModule } from "../../cli/modules/load.ts";
import { verbs } from "../../sim/scenario/verbs/registry.ts";
import { ksim, root } from "../cli/run-cli.ts";
import { type Block, blocksOf, ksimLines, type Line } from "./page.ts";

const docs = join(root, "docs");
const pages = readdirSync(docs).filter((name) => name.endsWith(".md"));
const read = (page: string): string => readFileSync(join(docs, page), "utf8");
/** Commands that go on until they are stopped: their words are read and no more. */
const ENDLESS = ["serve"];

describe("the tables of the manual", () => {
  test.each(pages)("%s says what the schema and the registries say", async (page) => {
    expect(fillTables(read(page), await docTables()), "run `npm run docs`").toBe(read(page));
  });

  test("tell of every verb and of every command", () => {
    const scenarios = read("scenarios.md");
    for (const { name } of verbs) expect(scenarios).toContain(`| \`${name}\` |`);
    const cli = read("cli.md");
    for (const { name } of commandTable) expect(cli).toContain(`### ksim ${name}\n`);
  });

  test("are all in the manual", async () => {
    const manual = pages.map(read).join("");
    for (const name of (await docTables()).keys())
      expect(manual).toContain(`<!-- table: ${name} -->`);
  });

  test("every link to another page leads somewhere", () => {
    for (const page of [...pages.map((name) => join(docs, name)), join(root, "README.md")])
      for (const [, target = ""] of readFileSync(page, "utf8").matchAll(/\]\(([^)#:]+)[)#]/g))
        expect(existsSync(join(page, "..", target)), `${page}: ${target}`).toBe(true);
  });
});

async function checkWords({ words, text }: Line): Promise<void> {
  const [name = "", ...rest] = words;
  const entry = commandTable.find((command) => command.name === name);
  expect(entry, text).toBeDefined();
  if (entry !== undefined) readArguments(name, (await entry.load()).command, rest);
}

/** Runs the blocks of a page in their order, in a folder of its own. */
async function runBlocks(blocks: readonly Block[], cwd: string): Promise<void> {
  for (const block of blocks) {
    if (block.file !== "") writeFileSync(join(cwd, block.file), block.text);
    if (block.language === "sh") for (const line of ksimLines(block)) await runLine(line, cwd);
    else if (block.language === "ts") loadModule(join(cwd, block.file), block.file);
    else if (/^kind: (Scenario|Experiment)$/m.test(block.text)) {
      const { out } = await ksim(["lint", block.file], { cwd });
      expect(out, `line ${block.line}`).toBe("1 file fine\n");
    }
  }
}

async function runLine(line: Line, cwd: string): Promise<void> {
  if (ENDLESS.includes(line.words[0] ?? "")) return checkWords(line);
  const { code, out, err } = await ksim(line.words, { cwd });
  expect(code, `${line.text}\n${out}${err}`).toBe(line.exit);
  if (line.into !== undefined) writeFileSync(join(cwd, line.into), out);
}

describe("the examples of the manual", () => {
  const withBlocks = pages.filter((page) => blocksOf(read(page)).some(({ language }) => language));

  test.each(withBlocks)("of %s run as they stand", { timeout: 120_000 }, async (page) => {
    const blocks = blocksOf(read(page));
    // A block that is nobody's file could not be run: only shell lines and drawings have no name.
    for (const { language, file, line } of blocks)
      expect(["sh", "text", ""].includes(language) || file !== "", `${page}:${line}`).toBe(true);
    // Modules and manifests are named before and after: all files are there first.
    const cwd = mkdtempSync(join(tmpdir(), "ksim-docs-"));
    for (const { file, text } of blocks) if (file !== "") writeFileSync(join(cwd, file), text);
    await runBlocks(blocks, cwd);
  });
});

describe("the README", () => {
  const blocks = blocksOf(readFileSync(join(root, "README.md"), "utf8"));
  let cwd = "";
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), "ksim-readme-"));
    // The catalogue's golden digests have a test of their own.
    const filter = (path: string): boolean => !path.endsWith("golden.json");
    cpSync(join(root, "scenarios"), join(cwd, "scenarios"), { recursive: true, filter });
    cpSync(join(root, "scenarios/manifests"), join(cwd, "manifests"), { recursive: true });
  });

  test("has command lines that ksim understands", async () => {
    const lines = blocks.flatMap(ksimLines);
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) await checkWords(line);
  });

  test("has commands on files of the catalogue that run", { timeout: 120_000 }, async () => {
    for (const line of blocks.flatMap(ksimLines)) {
      const [name = "", ...rest] = line.words;
      const there = rest.every(
        (word) => !/\.(yaml|json)$|\/|…/.test(word) || existsSync(join(cwd, word)),
      );
      if (!there || ["serve", "check"].includes(name)) continue;
      const words = name === "replay" ? [...line.words, "--frames"] : line.words;
      const { code, err } = await ksim(words, { cwd });
      expect(code, `${line.text}\n${err}`).toBe(0);
    }
  });

  test("has a scenario that runs", async () => {
    for (const { language, text } of blocks) {
      if (language !== "yaml" || !text.includes("kind: Scenario")) continue;
      writeFileSync(join(cwd, "readme.yaml"), text);
      const { code, out, err } = await ksim(["run", "readme.yaml"], { cwd });
      expect(code, out + err).toBe(0);
    }
  });
});
