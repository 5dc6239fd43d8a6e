import yargs from "yargs";
import { nearest } from "../sim/scenario/schema/distance.ts";
import { Arguments, type Command, commonOptions, type Option } from "./command.ts";
import { UsageError } from "./io.ts";

/** Reads the words behind a command's name. Throws `UsageError` for what the command does not know. */
export function readArguments(name: string, command: Command, words: readonly string[]): Arguments {
  const options = [...command.options, ...commonOptions];
  const parser = yargs([...separated(words, options)])
    // What is wrong is told in one language, whatever the user's is.
    .locale("en")
    .help(false)
    .version(false)
    .exitProcess(false)
    // 64-bit seeds and names like 007 are texts.
    .parserConfiguration({
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "duplicate-arguments-array": true,
    });
  for (const option of options) declare(parser, option);
  const parsed = parser.parseSync() as Record<string, unknown> & { _: unknown[] };
  for (const option of options) refuseBare(name, option, parsed[option.name]);
  refuseUnknown(name, parsed, options);
  for (const { name: option, choices } of options) checkChoice(option, choices, parsed[option]);
  return new Arguments({ ...parsed, ...positionals(name, command, parsed._.map(String)) }, words);
}

function declare(parser: ReturnType<typeof yargs>, { name, alias, kind }: Option): void {
  parser.option(name, {
    ...(alias === undefined ? {} : { alias }),
    type: kind === "switch" ? "boolean" : "string",
  });
}

/** `-ojson` is `-o json`, as kubectl's users write it: yargs takes it for five switches. */
function separated(words: readonly string[], options: readonly Option[]): readonly string[] {
  const end = words.indexOf("--");
  return words.flatMap((word, at) => {
    const [, letter, value = ""] = /^-([A-Za-z])([^=].*)$/s.exec(word) ?? [];
    const option = options.find(({ alias, kind }) => kind !== "switch" && alias === letter);
    return letter === undefined || option === undefined || (end >= 0 && at > end)
      ? [word]
      : [`-${letter}`, value];
  });
}

/** An option that wants a value and has none, or that was turned off like a switch. */
function refuseBare(command: string, { name, kind }: Option, value: unknown): void {
  if (kind === "switch") return;
  const hint = `See: ksim ${command} --help`;
  for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (one === false) throw new UsageError(`unknown option --no-${name}`, hint);
    if (one === "") throw new UsageError(`--${name}: expected a value behind it`, hint);
  }
}

function refuseUnknown(
  name: string,
  parsed: Readonly<Record<string, unknown>>,
  options: readonly Option[],
): void {
  const known = new Set([
    "_",
    "$0",
    ...options.flatMap((option) => [option.name, option.alias ?? option.name]),
  ]);
  for (const given of Object.keys(parsed)) {
    if (known.has(given)) continue;
    const names = ["help", ...options.map((option) => option.name)];
    const near = nearest(given.replace(/^no-/, ""), names);
    const hint = near === undefined ? `See: ksim ${name} --help` : `Did you mean --${near}?`;
    throw new UsageError(`unknown option ${given.length === 1 ? "-" : "--"}${given}`, hint);
  }
}

function checkChoice(option: string, choices: readonly string[] | undefined, value: unknown): void {
  if (choices === undefined || value === undefined) return;
  const given = String(Array.isArray(value) ? value.at(-1) : value);
  if (choices.includes(given)) return;
  const near = nearest(given, choices);
  const hint = near === undefined ? undefined : `Did you mean ${near}?`;
  throw new UsageError(
    `--${option}: expected one of ${choices.join(", ")}, got ${JSON.stringify(given)}`,
    hint,
  );
}

function positionals(
  name: string,
  command: Command,
  words: readonly string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  let rest = [...words];
  // Optional words stand before required ones (`get KIND [NAME] FILE`): what is left over goes to them.
  const required = command.positionals.filter((positional) => positional.required === true).length;
  let spare = Math.max(0, words.length - required);
  for (const positional of command.positionals) {
    if (positional.many === true) {
      if (positional.required === true && (rest.length === 0 || rest.includes("")))
        throw missing(name, positional.name);
      values[positional.name] = rest;
      return values;
    }
    if (positional.required !== true && spare-- <= 0) continue;
    const [word, ...others] = rest;
    // An empty word comes from a variable that a script has not set; it names no file, not this folder.
    if (word === undefined || word === "") {
      if (positional.required === true) throw missing(name, positional.name);
      continue;
    }
    values[positional.name] = word;
    rest = others;
  }
  if (rest.length > 0)
    throw new UsageError(
      `unexpected argument ${JSON.stringify(rest[0])}`,
      `See: ksim ${name} --help`,
    );
  return values;
}

function missing(name: string, positional: string): UsageError {
  return new UsageError(`expected ${positional.toUpperCase()}`, `See: ksim ${name} --help`);
}
