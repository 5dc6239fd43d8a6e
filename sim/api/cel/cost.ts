import { CelFailure, membersOf } from "./values.ts";

/**
 * What an evaluation costs, in cel-go's units (interpreter `runtimecost.go`) and with Kubernetes' costs of its libraries: a name or a
 * field 1, a list literal 10, a map literal 30, a call 1 or what it has to read, and each round of a comprehension what its
 * expansion would cost. Constant literals are free, as after cel-go's folding.
 */

/** What one expression may cost. */
const CALL_LIMIT = 1_000_000;

interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly meta: Readonly<Record<string, unknown>>;
  handle?: (...given: unknown[]) => unknown;
  setMeta(key: string, value: unknown): unknown;
}

type Evaluate = (runner: unknown, node: unknown, scope: unknown) => unknown;

let spent = 0;

/** Thrown when an expression costs too much; nothing in the expression can catch it for good. */
export class CostExceeded extends CelFailure {}

/** Adds to the cost of the evaluation that is going on. Throws `CostExceeded`. */
export function charge(units: number): void {
  spent += units;
  if (spent > CALL_LIMIT) throw new CostExceeded("operation cancelled: actual cost limit exceeded");
}

/** Runs an evaluation and says what it cost. Evaluations may nest: the inner one pays for itself. */
export function metered<T>(run: () => T): { readonly result: T; readonly cost: number } {
  const before = spent;
  spent = 0;
  try {
    const result = run();
    charge(0);
    return { result, cost: spent };
  } finally {
    lastCost = spent;
    spent = before;
  }
}

let lastCost = 0;

/** What the latest evaluation cost, also when it failed. */
export const costOfLatest = (): number => lastCost;

/** Nodes that count already; macros hold some of theirs twice. */
const counted = new WeakSet<object>();

/** Makes a checked expression count what it does. */
export function countCosts(root: unknown): void {
  if (Array.isArray(root)) {
    root.forEach(countCosts);
    return;
  }
  if (!isNode(root) || counted.has(root)) return;
  counted.add(root);
  const { alternate, macro } = root.meta as { alternate?: unknown; macro?: { nodes?: unknown } };
  if (alternate !== undefined) countCosts(alternate);
  else if (macro !== undefined) countMacro(macro as Readonly<Record<string, unknown>>);
  else countNode(root);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "setMeta" in value && "op" in value;
}

/** A macro keeps the nodes it runs; `ast` is the call that it stands for. */
function countMacro(macro: Readonly<Record<string, unknown>>): void {
  for (const [key, part] of Object.entries(macro)) if (key !== "ast") countCosts(part);
}

function before(node: Node, units: number): void {
  const evaluate = node.meta["evaluate"] as Evaluate;
  node.setMeta("evaluate", (runner: unknown, same: unknown, scope: unknown) => {
    charge(units);
    return evaluate(runner, same, scope);
  });
}

/** Wraps what a node does with its evaluated operands. */
function afterOperands(
  node: Node,
  cost: (given: readonly unknown[], result: unknown) => number,
): void {
  const { handle } = node;
  if (handle === undefined) return;
  node.handle = (...given: unknown[]) => {
    const result = handle(...given);
    charge(cost(given, result));
    return result;
  };
}

function countNode(node: Node): void {
  switch (node.op) {
    case "value":
    case "accuValue":
    case "accuInc":
      return;
    case "id":
      before(node, 1);
      return;
    case "list":
    case "map":
      if (!isConstant(node)) before(node, node.op === "list" ? 10 : 30);
      countCosts((node.args as readonly unknown[]).flat());
      return;
    case "comprehension":
      countComprehension(node.args as Comprehension);
      return;
    case "accuPush":
      before(node, 12);
      countCosts(node.args);
      return;
    case "call":
    case "rcall":
      countCall(node);
      return;
    case ".":
    case ".?":
    case "[]":
    case "[?]":
      before(node, 1);
      countCosts(node.args);
      return;
    case "?:":
    case "||":
    case "&&":
      countCosts(node.args);
      return;
    default:
      afterOperands(node, ([left, right]) => operatorCost(node.op, left, right));
      countCosts(node.args);
  }
}

function isConstant(node: Node): boolean {
  if (node.op === "value") return true;
  if (node.op !== "list" && node.op !== "map") return false;
  const parts = (node.args as readonly unknown[]).flat();
  return parts.every((part) => isNode(part) && isConstant(part));
}

interface Comprehension {
  readonly kind?: string;
  readonly iterable: unknown;
  readonly step: Node;
}

/** Each round asks whether to go on and reads what it has so far. */
function countComprehension({ iterable, step, kind }: Comprehension): void {
  countCosts(iterable);
  countCosts(step);
  before(step, kind === "quantifier" ? 3 : 1);
}

function countCall(node: Node): void {
  const [name] = node.args as [string];
  const isMember = node.op === "rcall";
  const operands = isMember
    ? (node.args as unknown[]).slice(1).flat()
    : (node.args as unknown[])[1];
  afterOperands(node, ([given], result) => callCost(name, given as readonly unknown[], result));
  countCosts(operands);
}

/** Length of texts, bytes, lists and maps; 1 of everything else. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return [...value].length;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (
    value !== null &&
    typeof value === "object" &&
    Object.getPrototypeOf(value) === Object.prototype
  )
    return membersOf(value).length;
  return 1;
}

/** A tenth of a unit for each letter that has to be read. */
const reading = (letters: number): number => Math.ceil(letters / 10);

function operatorCost(op: string, left: unknown, right: unknown): number {
  switch (op) {
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return reading(Math.min(sizeOf(left), sizeOf(right)));
    case "in":
      return Array.isArray(right) ? right.length : 1;
    case "+":
      return typeof left === "string" ? reading(sizeOf(left) + sizeOf(right)) : 1;
    default:
      return 1;
  }
}

/** A list of texts costs what reading them costs. */
function traversal(value: unknown): number {
  if (!Array.isArray(value)) return reading(sizeOf(value));
  return value.reduce<number>(
    (sum, one) => sum + (typeof one === "string" ? 1 + reading(sizeOf(one)) : 1),
    0,
  );
}

type CallCost = (given: readonly unknown[], result: unknown) => number;

const readsFirst: CallCost = ([first]) => reading(sizeOf(first));
const readsFirstTwice: CallCost = ([first]) => reading(2 * sizeOf(first));
const byRegex: CallCost = ([text, pattern]) =>
  reading(1 + sizeOf(text)) * Math.ceil(sizeOf(pattern) / 4);
const traverses: CallCost = ([first]) => traversal(first);

const CALL_COSTS: Readonly<Record<string, CallCost>> = {
  check: () => 350_000,
  startsWith: ([, part]) => reading(sizeOf(part)),
  endsWith: ([, part]) => reading(sizeOf(part)),
  contains: ([text, part]) => reading(sizeOf(text)) * reading(sizeOf(part)),
  matches: byRegex,
  find: byRegex,
  findAll: byRegex,
  format: readsFirst,
  quote: ([, text]) => reading(sizeOf(text)),
  isSorted: traverses,
  sum: traverses,
  min: traverses,
  max: traverses,
  indexOf: traverses,
  lastIndexOf: traverses,
  distinct: ([list]) => 11 + 2 * sizeOf(list) ** 2,
  flatten: ([list, depth]) => 11 + sizeOf(list) * Number(depth ?? 1n),
  range: (_, result) => 11 + sizeOf(result),
  reverse: (_, result) => 11 + sizeOf(result),
  slice: (_, result) => 11 + sizeOf(result),
  sort: ([list]) => 11 + 2 * sizeOf(list) ** 2,
  url: readsFirst,
  lowerAscii: readsFirst,
  upperAscii: readsFirst,
  substring: readsFirst,
  trim: readsFirst,
  replace: readsFirstTwice,
  split: readsFirstTwice,
  join: (_, result) => reading(2 * sizeOf(result)),
  cidr: readsFirst,
  isIP: readsFirst,
  isCIDR: readsFirst,
  ip: readsFirst,
  isCanonical: ([, text]) => reading(2 * sizeOf(text)),
  quantity: readsFirst,
  isQuantity: readsFirst,
};

function callCost(name: string, given: readonly unknown[], result: unknown): number {
  return CALL_COSTS[name]?.(given, result) ?? 1;
}
