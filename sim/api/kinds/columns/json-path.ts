/**
 * The part of Kubernetes' JSONPath that printer columns, scale paths and selectable fields use:
 * `.a.b`, `.a\.b`, `['a']`, `[0]`, `[-1]`, `[0:2]`, `[0,1]`, `[*]`, `.*`, `..a`, `[?(@.x=="y")]`.
 */

type Values = readonly unknown[];
type Step = (values: Values) => Values;

/** A prepared path: all values it leads to, in document order; a missing key leads nowhere. */
export type JsonPath = (root: unknown) => Values;

const FIELD = /^(?:\\.|[^.[\]\\\s])+/;
const COMPARISON = /^(.*?)(==|!=|<=|>=|<|>)(.*)$/s;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function field(name: string): Step {
  return (values) =>
    values.flatMap((value) => (isRecord(value) && Object.hasOwn(value, name) ? [value[name]] : []));
}

function children(value: unknown): Values {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [];
}

const everything: Step = (values) => values.flatMap(children);

function descend(value: unknown): Values {
  return [value, ...children(value).flatMap(descend)];
}

const recursion: Step = (values) => values.flatMap(descend);

/** `[from:to:by]` of a list; negative numbers count from its end. */
function slice(text: string): Step | undefined {
  const parts = text.split(":").map((part) => part.trim());
  if (parts.length > 3 || parts.some((part) => !/^-?\d*$/.test(part))) return undefined;
  const [from = "", to = "", by = ""] = parts;
  const stride = by === "" ? 1 : Number(by);
  if (stride < 1) return undefined;
  return (values) =>
    values.flatMap((value) => {
      if (!Array.isArray(value)) return [];
      const start = from === "" ? 0 : Number(from);
      if (parts.length === 1)
        return start < 0
          ? value.slice(start, start + 1 || undefined)
          : value.slice(start, start + 1);
      const cut = value.slice(start, to === "" ? undefined : Number(to));
      return cut.filter((_, index) => index % stride === 0);
    });
}

function literal(text: string): unknown {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted !== null) return quoted[2];
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function operand(text: string): JsonPath | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith("@")) return parseSteps(trimmed.slice(1));
  const value = literal(trimmed);
  return value === undefined ? undefined : () => [value];
}

function compare(operator: string, left: unknown, right: unknown): boolean {
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  if (typeof left !== typeof right) return false;
  if (typeof left !== "number" && typeof left !== "string") return false;
  const [a, b] = [left, right as typeof left];
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  return operator === ">" ? a > b : a >= b;
}

function filter(text: string): Step | undefined {
  const parts = COMPARISON.exec(text);
  const left = operand(parts?.[1] ?? text);
  if (left === undefined) return undefined;
  const elements = (keep: (value: unknown) => boolean): Step => {
    return (values) => values.flatMap((value) => children(value).filter(keep));
  };
  if (parts === null) return elements((value) => left(value).length > 0);
  const right = operand(parts[3] ?? "");
  const operator = parts[2] ?? "";
  if (right === undefined) return undefined;
  return elements((value) => {
    const [a, b] = [left(value), right(value)];
    return a.length > 0 && b.length > 0 && compare(operator, a[0], b[0]);
  });
}

function union(text: string): Step | undefined {
  const steps = text.split(",").map((part) => bracket(part.trim()));
  if (steps.some((step) => step === undefined)) return undefined;
  return (values) => steps.flatMap((step) => step?.(values) ?? []);
}

/** What stands between `[` and `]`. */
function bracket(text: string): Step | undefined {
  if (text === "*") return everything;
  const predicate = /^\?\((.*)\)$/s.exec(text);
  if (predicate !== null) return filter(predicate[1] ?? "");
  const quoted = /^(['"])([^'"]*)\1$/.exec(text);
  if (quoted !== null) return field(quoted[2] ?? "");
  return text.includes(",") ? union(text) : text === "" ? undefined : slice(text);
}

/** Index of the `]` that closes the bracket opened before `from`; -1 when there is none. */
function closing(text: string, from: number): number {
  let quote = "";
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const letter = text.charAt(at);
    if (quote !== "") quote = letter === quote ? "" : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "[") depth++;
    else if (letter === "]" && depth-- === 0) return at;
  }
  return -1;
}

function parseSteps(path: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = path.trim();
  while (rest !== "") {
    if (rest.startsWith("[")) {
      const end = closing(rest, 1);
      const step = end < 0 ? undefined : bracket(rest.slice(1, end).trim());
      if (step === undefined) return undefined;
      steps.push(step);
      rest = rest.slice(end + 1);
      continue;
    }
    const deep = rest.startsWith("..");
    if (deep) steps.push(recursion);
    const dots = deep ? 2 : rest.startsWith(".") ? 1 : 0;
    const name = FIELD.exec(rest.slice(dots))?.[0];
    rest = rest.slice(dots + (name?.length ?? 0));
    if (name === undefined) {
      if (rest !== "" && !rest.startsWith("[")) return undefined;
    } else steps.push(name === "*" ? everything : field(name.replace(/\\(.)/g, "$1")));
  }
  return (root) => steps.reduce<Values>((values, step) => step(values), [root]);
}

/** Prepares a path, with or without braces and a leading `$`; `undefined` when it is malformed. */
export function parseJsonPath(path: string): JsonPath | undefined {
  const inner = /^\{(.*)\}$/s.exec(path.trim())?.[1] ?? path.trim();
  return parseSteps(inner.startsWith("$") ? inner.slice(1) : inner);
}
