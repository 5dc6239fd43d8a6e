import { stringify } from "yaml";
import { watchInvariant } from "../../sim/check/registry.ts";
import type { ClusterConfig } from "../../sim/cluster.ts";
import { MINUTE } from "../../sim/engine/time.ts";
import { type LoadedManifest, manifestsOf } from "../../sim/scenario/manifest.ts";
import {
  type ManifestResult,
  type ObjectResult,
  runManifests as run,
} from "../../sim/scenario/manifests/manifest-run.ts";
import { InputError, type Problem } from "../../sim/scenario/problem.ts";
import { DEFAULT_NODES } from "../../sim/scenario/read-cluster.ts";
import { SourceFile } from "../../sim/scenario/source-file.ts";
import type { Arguments } from "../command.ts";
import { filesOf, type NamedText, readInput } from "../files/read.ts";
import { scenarioOf } from "../files/scenario-file.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { type Style, styleFor } from "../print/style.ts";
import { gridText } from "../print/table.ts";
import { Timeline } from "../print/timeline.ts";
import { verdictText } from "../print/verdict.ts";
import { wrap } from "../print/wrap.ts";
import { readNodes } from "./manifest-cluster.ts";
import { runOptions } from "./run-options.ts";

/** Runs plain manifests: one input, or the folder that the command line names. */
export function runManifests(args: Arguments, io: Io, input: NamedText | undefined): ExitCode {
  const given = args.text("file") ?? "";
  const inputs =
    input === undefined ? filesOf(given, io).map((file) => readInput(file, io)) : [input];
  const { manifests, skipped, broken } = load(inputs, input === undefined);
  if (manifests.length === 0)
    throw new InputError([
      ...broken,
      {
        file: given,
        line: 1,
        column: 1,
        path: "",
        message: "expected at least one Kubernetes object",
      },
    ]);
  const format = args.text("output") ?? "table";
  const style = styleFor(args, io);
  const people = format === "table" || format === "wide";
  const timeline =
    people && !args.has("quiet")
      ? new Timeline((line) => io.out(`${line}\n`), style, io.columns)
      : undefined;
  const options = runOptions(args);
  const result = run(manifests, clusterOf(args, io), {
    ...options,
    invariants: watchInvariant,
    until: options.until ?? 10 * MINUTE,
    observer: (entry) => timeline?.take(entry),
  });
  timeline?.flush();
  print(result, skipped, format, style, io);
  return Exit.fine;
}

function load(
  inputs: readonly NamedText[],
  folder: boolean,
): { manifests: LoadedManifest[]; skipped: string[]; broken: Problem[] } {
  const manifests: LoadedManifest[] = [];
  const skipped: string[] = [];
  const broken: Problem[] = [];
  const problems: Problem[] = [];
  for (const { name, text } of inputs) {
    const found: Problem[] = [];
    try {
      manifests.push(...manifestsOf(new SourceFile(name, text), found));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // Folders hold templates and values beside manifests: they are named, and the rest is run.
      if (!folder) throw error;
      found.push(...error.problems.slice(0, 1));
    }
    if (folder) broken.push(...found);
    if (folder)
      skipped.push(...found.map(({ file, line, message }) => `${file}:${line}: ${message}`));
    else problems.push(...found);
  }
  if (problems.length > 0) throw new InputError(problems);
  return { manifests, skipped, broken };
}

function clusterOf(args: Arguments, io: Io): Omit<ClusterConfig, "seed" | "detail"> {
  const file = args.text("cluster");
  if (file !== undefined) {
    const input = readInput(file, io);
    const nodes = readNodes(input);
    return nodes === undefined ? scenarioOf(input, {}).cluster : { nodes };
  }
  const count = args.text("nodes");
  if (count === undefined) return { nodes: DEFAULT_NODES };
  const nodes = Number(count);
  if (!Number.isInteger(nodes) || nodes < 0)
    throw new UsageError(`--nodes: expected a whole number, got ${JSON.stringify(count)}`);
  return { nodes: DEFAULT_NODES.map((template) => ({ ...template, count: nodes })) };
}

const MARKS: Readonly<Record<ObjectResult["state"], string>> = {
  fine: "✓",
  waiting: "…",
  failing: "✗",
  stored: "·",
  kept: "·",
  refused: "✗",
  gone: "·",
};

function print(
  result: ManifestResult,
  skipped: readonly string[],
  format: string,
  style: Style,
  io: Io,
): void {
  if (format !== "table" && format !== "wide") {
    io.out(documentText({ ...result, skipped }, format));
    return;
  }
  io.out(`\n${objectTable(result.objects, style, io.columns)}`);
  for (const note of skipped) io.out(`  ${style.dim(`not an object: ${note}`)}\n`);
  io.out(
    `${verdictText({ ...result, scenario: `${result.objects.length} object${result.objects.length === 1 ? "" : "s"}` }, style)}`,
  );
}

function documentText(
  document: ManifestResult & { readonly skipped: readonly string[] },
  format: string,
): string {
  if (format === "yaml") return stringify(document);
  if (format === "name")
    return document.objects.map(({ kind, name }) => `${kind.toLowerCase()}/${name}\n`).join("");
  return `${JSON.stringify(document, null, format === "json" ? 2 : 0)}\n`;
}

function objectTable(objects: readonly ObjectResult[], style: Style, columns: number): string {
  const grid = gridText(
    objects.map(({ state, kind, namespace, name }) => [
      MARKS[state],
      kind,
      namespace === null ? name : `${namespace}/${name}`,
      state,
    ]),
  ).split("\n");
  return objects
    .map(({ state, why }, at) => {
      const line = `  ${(grid[at] ?? "").padEnd(4)}`;
      const paint =
        state === "fine"
          ? style.green
          : state === "failing" || state === "refused"
            ? style.red
            : (text: string) => text;
      const text =
        state === "fine" || why.length + line.length + 2 < columns
          ? `${line}  ${why}`
          : `${line}\n${wrap(why, Math.max(40, columns - 8))
              .map((part) => `        ${part}`)
              .join("\n")}`;
      return `${paint(text)}\n`;
    })
    .join("");
}
