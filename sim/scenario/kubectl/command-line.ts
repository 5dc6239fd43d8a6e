/** A command line taken apart. */
export interface CommandLine {
  readonly words: readonly string[];
  /** Flags by their long names; a flag without a value is `true`. */
  readonly flags: Readonly<Record<string, string | true>>;
}

const SHORT: Readonly<Record<string, string>> = {
  n: "namespace",
  l: "selector",
  f: "filename",
  A: "all-namespaces",
  p: "patch",
  c: "container",
  o: "output",
};
/** Flags that never take the next word as their value. */
const SWITCHES = new Set([
  "ignore-daemonsets",
  "delete-emptydir-data",
  "delete-local-data",
  "force",
  "overwrite",
  "all",
  "all-namespaces",
  "disable-eviction",
  "now",
  "wait",
  "cascade",
  "record",
  "list",
]);

/** Splits a command line at spaces, outside of quotes. */
function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (const character of line) {
    if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Reads words and flags; a leading `kubectl` is skipped. */
export function parseCommandLine(line: string): CommandLine {
  const parts = [...splitWords(line)];
  if (parts[0] === "kubectl") parts.shift();
  const words: string[] = [];
  const flags: Record<string, string | true> = {};
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] as string;
    const match = /^(?:--([\w-]+)|-([A-Za-z]))(?:=(.*))?$/s.exec(part);
    if (match === null) {
      words.push(part);
      continue;
    }
    const name = match[1] ?? SHORT[match[2] ?? ""] ?? match[2] ?? "";
    const next = parts[at + 1];
    if (match[3] !== undefined) flags[name] = match[3];
    else if (SWITCHES.has(name) || next === undefined || /^-[A-Za-z-]/.test(next))
      flags[name] = true;
    else {
      flags[name] = next;
      at++;
    }
  }
  return { words, flags };
}
