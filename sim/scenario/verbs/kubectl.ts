import type { Manifest } from "../../api/object.ts";
import type { CommandInput, KubectlCommand } from "../kubectl/command.ts";
import { parseCommandLine } from "../kubectl/command-line.ts";
import { kubectlCommands } from "../kubectl/commands/registry.ts";
import { manifestsOf } from "../manifest.ts";
import type { Problem } from "../problem.ts";
import { nearest } from "../schema/distance.ts";
import { described, type Infer, text } from "../schema/schema.ts";
import { defineVerb, type PrepareContext } from "./verb.ts";

const schema = described(
  text(),
  "A kubectl command line, without `kubectl`.",
  "drain node-1 --ignore-daemonsets",
);

interface Prepared {
  readonly line: string;
  readonly command: KubectlCommand | undefined;
  readonly input: CommandInput;
}

/** Runs a kubectl-like command against the API. */
export const kubectl = defineVerb<Infer<typeof schema>, Prepared>({
  name: "kubectl",
  description: `Runs a kubectl command: ${kubectlCommands.map(({ name }) => name).join(", ")}.`,
  schema,
  prepare: (line, context) => {
    const { words, flags } = parseCommandLine(line);
    const command = find(words);
    if (command === undefined) {
      unknownCommand(words, context);
      return { line, command, input: { words, flags, manifests: [] } };
    }
    checkFlags(command, flags, context);
    const rest = words.slice(command.name.split(" ").length);
    if (rest.length < command.words)
      context.problem(
        context.path,
        `expected kubectl ${command.usage}, got ${JSON.stringify(line)}`,
      );
    const file = flags["filename"];
    const manifests = typeof file === "string" ? load(file, context) : [];
    return { line, command, input: { words: rest, flags, manifests } };
  },
  summary: ({ line }) => (line.startsWith("kubectl ") ? line : `kubectl ${line}`),
  run: ({ command, input }, context) => command?.run(input, context),
});

/** What may be created under a short name. */
const SHORT_KINDS: Readonly<Record<string, string>> = { deploy: "deployment", ns: "namespace" };

function find(words: readonly string[]): KubectlCommand | undefined {
  const [first = "", second = ""] = words;
  const two = `${first} ${SHORT_KINDS[second] ?? second}`;
  return (
    kubectlCommands.find(({ name }) => name === two) ??
    kubectlCommands.find(({ name }) => name === words[0])
  );
}

function unknownCommand(words: readonly string[], { problem, path }: PrepareContext): void {
  const names = kubectlCommands.map(({ name }) => name);
  const near = nearest(words.slice(0, 2).join(" "), names) ?? nearest(words[0] ?? "", names);
  problem(
    path,
    `unknown kubectl command ${JSON.stringify(words[0] ?? "")}`,
    near === undefined ? `Known: ${names.join(", ")}.` : `Did you mean ${JSON.stringify(near)}?`,
  );
}

function checkFlags(
  command: KubectlCommand,
  flags: CommandInput["flags"],
  { problem, path }: PrepareContext,
): void {
  const known = [...command.flags, "namespace"];
  for (const flag of Object.keys(flags)) {
    if (known.includes(flag)) continue;
    const near = nearest(flag, known);
    problem(
      path,
      `unknown flag --${flag} of kubectl ${command.name}`,
      near === undefined ? `Usage: kubectl ${command.usage}` : `Did you mean --${near}?`,
    );
  }
  for (const flag of command.required ?? [])
    if (typeof flags[flag] !== "string")
      problem(path, `required flag(s) "${flag}" not set`, `Usage: kubectl ${command.usage}`);
}

function load(file: string, context: PrepareContext): readonly Manifest[] {
  const source = context.read(file, context.path);
  if (source === undefined) return [];
  const problems: Problem[] = [];
  const manifests = manifestsOf(source, problems);
  context.add(problems);
  return manifests.map(({ object }) => object);
}
