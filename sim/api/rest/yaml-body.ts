import { isMap, isScalar, isSeq, LineCounter, parseDocument, YAMLParseError } from "yaml";

const OPTIONS = { logLevel: "error", merge: true, uniqueKeys: false } as const;

/** Parses a YAML body. Of a key that stands twice the last value counts. Throws the parser's error for a malformed one. */
export function parseYamlBody(text: string): unknown {
  const document = parseDocument(text, OPTIONS);
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

/** Go's words for the mistakes that our parser tells apart. */
const MISTAKES: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
  TAB_AS_INDENT: "found character that cannot start any token",
  BAD_ALIAS: "did not find expected alphabetic or numeric character",
};

/** What Go's YAML parser says of a malformed text, by the error that ours threw. */
export function yamlMistake(error: unknown): string {
  const known = error instanceof YAMLParseError ? error : undefined;
  const line = known?.linePos?.[0]?.line ?? 1;
  return `yaml: line ${line}: ${MISTAKES[known?.code ?? ""] ?? "did not find expected node content"}`;
}

/** What Go's strict YAML decoder says of keys that stand twice in one map; `undefined` when none does. */
export function yamlRepeats(text: string): string | undefined {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter });
  const errors: string[] = [];
  collectRepeats(document.contents, lineCounter, errors);
  return errors.length === 0 ? undefined : `yaml: unmarshal errors:\n  ${errors.join("\n  ")}`;
}

/** Go tells of a value's own mistakes before it tells that its key was there, and names the line of the value. */
function collectRepeats(node: unknown, lines: LineCounter, errors: string[]): void {
  if (isSeq(node)) {
    for (const item of node.items) collectRepeats(item, lines, errors);
    return;
  }
  if (!isMap(node)) return;
  const seen = new Set<unknown>();
  for (const { key, value } of node.items) {
    collectRepeats(value, lines, errors);
    if (!isScalar(key)) continue;
    const name = key.value;
    if (seen.has(name)) {
      const start = rangeStart(value) ?? rangeStart(key) ?? 0;
      const { line } = lines.linePos(start);
      errors.push(`line ${line}: key ${JSON.stringify(name)} already set in map`);
    }
    seen.add(name);
  }
}

function rangeStart(node: unknown): number | undefined {
  return (node as { readonly range?: readonly [number, number, number] } | null)?.range?.[0];
}
