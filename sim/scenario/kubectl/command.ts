import { ApiError } from "../../api/api-error.ts";
import type { Manifest } from "../../api/object.ts";
import type { Progress, VerbContext } from "../verbs/verb.ts";
import type { ServedKind } from "./api-access.ts";
import type { CommandLine } from "./command-line.ts";

/** What a kubectl command gets: its words and flags, and the manifests that `-f` names. */
export interface CommandInput extends CommandLine {
  readonly manifests: readonly Manifest[];
}

/** A kubectl command that scenarios can use. One file each. */
export interface KubectlCommand {
  /** One or two words: `drain`, `rollout restart`. */
  readonly name: string;
  readonly usage: string;
  /** Flags it knows, beside `namespace`. */
  readonly flags: readonly string[];
  /** Flags that must be there. */
  readonly required?: readonly string[];
  /** How many words it takes at least behind its name. */
  readonly words: number;
  readonly run: (input: CommandInput, context: VerbContext) => Progress;
}

/** One object that a command line names. */
export interface Target extends ServedKind {
  readonly name: string;
  readonly key: string;
}

/** A mistake in a command line, answered as kubectl would. */
export function usageError(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

/** The objects that `kind/name`, `kind name name…` or `kind -l selector` name. */
export function targetsOf(
  words: readonly string[],
  input: CommandLine,
  { api }: VerbContext,
  select: (selector: string, labels: Readonly<Record<string, string>> | undefined) => boolean,
): Target[] {
  const namespace = flagText(input, "namespace");
  const [first = "", ...names] = words;
  if (first.includes("/")) {
    return words.map((word) => {
      const [kind = "", name = ""] = word.split("/");
      return target(api.resolve(kind), name, namespace, api.key.bind(api));
    });
  }
  const served = api.resolve(first);
  if (names.length > 0)
    return names.map((name) => target(served, name, namespace, api.key.bind(api)));
  const selector = flagText(input, "selector");
  if (selector === undefined && input.flags["all"] !== true)
    throw usageError("resource(s) were provided, but no name was specified");
  const where = served.descriptor.namespaced ? (namespace ?? "default") : undefined;
  return [...api.list(served.kind, where)]
    .filter(({ metadata }) => selector === undefined || select(selector, metadata.labels))
    .map(({ metadata }) => target(served, metadata.name, metadata.namespace, api.key.bind(api)));
}

function target(
  served: ServedKind,
  name: string,
  namespace: string | undefined,
  key: (served: ServedKind, name: string, namespace?: string) => string,
): Target {
  return { ...served, name, key: key(served, name, namespace) };
}

/** A flag's text, when it has one. */
export function flagText({ flags }: CommandLine, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

/** A flag's whole number. Throws for another text. */
export function countFlag(input: CommandLine, name: string): number | undefined {
  const text = flagText(input, name);
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text))
    throw usageError(`invalid argument "${text}" for "--${name}" flag: expected a whole number`);
  return Number(text);
}
