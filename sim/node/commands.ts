import type { ExecOutcome } from "../api/rest/streams.ts";
import type { Container, Pod } from "../api/types.gen.ts";
import type { Command } from "./behaviour/declared-command.ts";
import type { ImageBehaviour } from "./behaviour/image-behaviour.ts";

const said = (output: string): ExecOutcome => ({ output, errors: "", code: 0 });
/** What shells answer for a command that they do not find. */
const NOT_FOUND = 127;

/**
 * What a command answers inside a container: as its behaviour declares it (the whole command line, else the longest declared
 * beginning that ends in `*`), else what the pod itself says of it. Nothing runs: the same command always answers the same.
 */
export function commandOutcome(
  pod: Pod,
  container: Container | undefined,
  argv: readonly string[],
  behaviour: ImageBehaviour,
): ExecOutcome {
  const line = argv.join(" ");
  const declared = declaredFor(line, behaviour) ?? declaredFor(unwrapped(argv), behaviour);
  return declared ?? knownOutcome(pod, container, argv) ?? undeclared(line);
}

function declaredFor(line: string, { commands = {} }: ImageBehaviour): Command | undefined {
  const whole = commands[line];
  if (whole !== undefined) return whole;
  const begun = Object.keys(commands)
    .filter((key) => key.endsWith("*") && line.startsWith(key.slice(0, -1)))
    .sort((a, b) => b.length - a.length);
  return begun[0] === undefined ? undefined : commands[begun[0]];
}

/** `sh -c "date"` → `date`. */
function unwrapped(argv: readonly string[]): string {
  const [shell = "", flag = "", ...rest] = argv;
  return /^(\/bin\/)?(ba|da)?sh$/.test(shell) && /^-l?c$/.test(flag) ? rest.join(" ") : "";
}

function knownOutcome(
  pod: Pod,
  container: Container | undefined,
  [name, ...rest]: readonly string[],
): ExecOutcome | undefined {
  switch (name) {
    case "true":
      return said("");
    case "false":
      return { output: "", errors: "", code: 1 };
    case "echo":
      return said(`${rest.join(" ")}\n`);
    case "hostname":
      return said(`${pod.spec?.hostname ?? pod.metadata.name}\n`);
    case "env":
    case "printenv":
      return said(environmentText(pod, container));
    default:
      return undefined;
  }
}

function environmentText(pod: Pod, container: Container | undefined): string {
  const lines = [`HOSTNAME=${pod.spec?.hostname ?? pod.metadata.name}`];
  for (const { name, value } of container?.env ?? [])
    if (value !== undefined) lines.push(`${name}=${value}`);
  return `${lines.join("\n")}\n`;
}

function undeclared(line: string): ExecOutcome {
  const name = line.split(" ")[0] ?? "";
  return {
    output: "",
    errors: `ksim: ${name}: simulated containers run no processes; declare what ${JSON.stringify(line)} prints with the annotation ksim.dev/commands\n`,
    code: NOT_FOUND,
  };
}
