import { type Command, commonOptions, type Option } from "./command.ts";
import { type CommandEntry, commandTable } from "./command-table.ts";

const HEAD =
  "ksim is a simulated Kubernetes cluster in one process: deterministic, fast-forwarded, rewindable.";

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join("\n");
}

/** What `ksim --help` prints. */
export function generalHelp(): string {
  const commands = commandTable.map(({ usage, describe }) => [`ksim ${usage}`, describe] as const);
  return `${HEAD}

Usage: ksim COMMAND [OPTIONS]

Commands:
${columns(commands)}

Options:
${columns([
  ["-q, --quiet", "Print results only"],
  ["--no-color", "No colours (also NO_COLOR)"],
  ["--help", "Help about a command: ksim COMMAND --help"],
  ["--version", "Print the version"],
  ["--completion", "Print a completion script for bash or zsh"],
])}

Examples:
${columns([
  ["ksim run tour", "a first look"],
  ["ksim run scenarios/node-failure.yaml", "what happens when a node dies"],
  ["ksim run my-manifests/", "what becomes of plain Kubernetes manifests"],
  ["ksim replay tour", "the same, in the terminal, back and forth in time"],
])}

Exit codes: 0 fine, 1 an expectation or invariant failed, 2 usage, 3 invalid input file, 4 internal error or
replay divergence, 130 interrupted.
`;
}

/** `-o, --output json|yaml` */
export function optionText({ name, alias, kind, placeholder, choices }: Option): string {
  const value =
    kind === "switch" ? "" : ` ${placeholder ?? choices?.join("|") ?? name.toUpperCase()}`;
  const short = alias === undefined ? "" : `${alias.length === 1 ? "-" : "--"}${alias}, `;
  return `${short}--${name}${value}`;
}

/** What `ksim COMMAND --help` prints. */
export function commandHelp(entry: CommandEntry, command: Command): string {
  const { positionals, options, examples } = command;
  const parts = [`${entry.describe}\n\nUsage: ksim ${entry.usage} [OPTIONS]`];
  if (positionals.length > 0)
    parts.push(
      columns(positionals.map(({ name, describe }) => [name.toUpperCase(), describe] as const)),
    );
  const all = [...options, ...commonOptions];
  parts.push(
    `Options:\n${columns(all.map((option) => [optionText(option), option.describe] as const))}`,
  );
  if (examples.length > 0) parts.push(`Examples:\n${columns(examples)}`);
  return `${parts.join("\n\n")}\n`;
}
