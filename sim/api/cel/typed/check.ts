import { isPattern } from "../../regex.ts";
import { mistakeText } from "../error-text.ts";
import { comprehension, type Round } from "./comprehensions.ts";
import { capped, estimate, isMismatched } from "./functions.ts";
import { binary, indexed, isBool, unary } from "./operators.ts";
import {
  agree,
  type CelType,
  DYN,
  either,
  listOf,
  type Node,
  open,
  type SimpleKind,
  simple,
  sized,
  sizeOf,
  typeText,
  UNKNOWN,
  unsized,
} from "./types.ts";

/** What an expression gives and costs at most, and what is wrong with it, in cel-go's words. */
export interface Checked {
  readonly type: CelType;
  readonly cost: number;
  readonly problem?: string;
}

/** Names and their types. */
export type Names = ReadonlyMap<string, CelType>;

/** Names of types, which are values too. */
const TYPE_NAMES: readonly string[] =
  "bool bytes double duration int list map null_type string timestamp type uint".split(" ");
/** Receivers that are no values. */
const NAMESPACES: readonly string[] =
  "base64 cel format ip jsonpatch lists math net optional quantity regex semver sets strings url".split(
    " ",
  );
/** Names that begin the name of a type or of a library. */
const PREFIXES: readonly string[] = ["google", "k8s", "net", "optional_type", "dyn"];

/** Checks an expression against the types of its names (cel-go's checker), and estimates its cost. */
export function check(text: string, root: Node, names: Names): Checked {
  const checker = new Checker(text);
  const { type, cost } = checker.visit(root, names);
  const mistakes = checker.mistakes.length === 0 ? checker.badLiterals : checker.mistakes;
  if (mistakes.length === 0) return { type, cost };
  const sorted = mistakes.toSorted((a, b) => a.at - b.at);
  return {
    type,
    cost,
    problem: sorted.map(({ at, why }) => mistakeText(text, at, why)).join("\n"),
  };
}

interface Mistake {
  readonly at: number;
  readonly why: string;
}

interface Known {
  readonly type: CelType;
  readonly cost: number;
}

/** One pass over an expression. What is wrong is noted, and stands for anything from then on. */
class Checker {
  readonly mistakes: Mistake[] = [];
  /** Literals that their function does not take, or that mix types: told of when there is nothing else to tell. */
  readonly badLiterals: Mistake[] = [];
  readonly #text: string;
  /** Whether literals may mix types: what texts are made of. */
  #mixed = false;

  constructor(text: string) {
    this.#text = text;
  }

  visit(node: Node, names: Names): Known {
    const { op, args } = node;
    switch (op) {
      case "value":
        return { type: literalType(args), cost: 0 };
      case "id":
        return this.#name(node, names);
      case ".":
        return this.#select(node, names);
      case ".?":
      case "[?]":
        return this.#optional(node, names);
      case "list":
        return this.#list(args as readonly Node[], names);
      case "map":
        return this.#map(args as readonly (readonly [Node, Node])[], names);
      case "?:":
        return this.#conditional(node, names);
      case "!_":
      case "-_":
        return this.#unary(node, names);
      case "call":
        return this.#call(node, names);
      case "rcall":
        return this.#member(node, names);
      default:
        return this.#binary(node, names);
    }
  }

  #wrong(at: number, why: string): CelType {
    this.mistakes.push({ at, why });
    return UNKNOWN;
  }

  #noOverload(at: number, name: string, applied: string): CelType {
    return this.#wrong(at, `found no matching overload for '${name}' applied to '${applied}'`);
  }

  #name(node: Node, names: Names): Known {
    const name = String(node.args);
    const known = names.get(name);
    if (known !== undefined) return { type: known, cost: 1 };
    // Upstream's estimator takes every name for `self`.
    const root = sizeOf(names.get("self") ?? UNKNOWN);
    if (TYPE_NAMES.includes(name)) return { type: sized(simple("type"), root), cost: 1 };
    if (PREFIXES.includes(name)) return { type: UNKNOWN, cost: 1 };
    const why = `undeclared reference to '${name}' (in container '')`;
    return { type: this.#wrong(node.start, why), cost: 1 };
  }

  #select(node: Node, names: Names): Known {
    const [of, name] = node.args as [Node, string];
    const { type, cost } = this.visit(of, names);
    const at = this.#after(of, ".");
    switch (type.kind) {
      case "dyn":
        return { type: DYN, cost };
      case "unknown":
      case "optional":
      case "opaque":
        return { type: UNKNOWN, cost };
      case "map":
        return { type: unsized(type.value), cost: cost + 1 };
      case "object": {
        const field = type.field(name);
        const known = field ?? this.#wrong(at, `undefined field '${name}'`);
        return { type: known, cost: cost + 1 };
      }
      default: {
        const why = `type '${typeText(type)}' does not support field selection`;
        return { type: this.#wrong(at, why), cost };
      }
    }
  }

  /** `x.?f` and `x[?i]`. */
  #optional(node: Node, names: Names): Known {
    const [of, part] = node.args as [Node, Node | string];
    const { type, cost } = this.visit(of, names);
    const held = type.kind === "optional" ? type.of : type;
    if (typeof part !== "string") {
      const index = this.visit(part, names);
      const found = indexed(held, index.type)?.type ?? UNKNOWN;
      return { type: { kind: "optional", of: found }, cost: cost + index.cost + 1 };
    }
    const field =
      held.kind === "object"
        ? (held.field(part) ?? this.#wrong(this.#after(of, "."), `undefined field '${part}'`))
        : held.kind === "map"
          ? held.value
          : open(held);
    return { type: { kind: "optional", of: field }, cost: cost + 1 };
  }

  #list(items: readonly Node[], names: Names): Known {
    const parts = items.map((item) => this.visit(item, names));
    const element = this.#common(items, parts);
    const size = { min: items.length, max: items.length };
    return { type: listOf(element, size), cost: sum(parts) + 10 };
  }

  #map(entries: readonly (readonly [Node, Node])[], names: Names): Known {
    const keys = entries.map(([key]) => this.visit(key, names));
    const values = entries.map(([, value]) => this.visit(value, names));
    const key = this.#common(
      entries.map(([one]) => one),
      keys,
    );
    const value = this.#common(
      entries.map(([, one]) => one),
      values,
    );
    const size = { min: entries.length, max: entries.length };
    return { type: { kind: "map", key, value, size }, cost: sum(keys) + sum(values) + 30 };
  }

  /** The type that all parts of a literal have: Kubernetes wants them alike. */
  #common(nodes: readonly Node[], parts: readonly Known[]): CelType {
    let common: CelType | undefined;
    for (const [index, { type }] of parts.entries()) {
      if (common === undefined) common = type;
      else if (agree(common, type)) common = either(common, type);
      else {
        const why = `expected type '${typeText(common)}' but found '${typeText(type)}'`;
        if (!this.#mixed) this.badLiterals.push({ at: nodes[index]?.start ?? 0, why });
        common = DYN;
      }
    }
    return common ?? sized(UNKNOWN, { min: 0, max: 0 });
  }

  #conditional(node: Node, names: Names): Known {
    const [test, yes, no] = node.args as [Node, Node, Node];
    const condition = this.visit(test, names);
    const [one, other] = [this.visit(yes, names), this.visit(no, names)];
    const cost = condition.cost + Math.max(one.cost, other.cost);
    if (isBool(condition.type) && agree(one.type, other.type))
      return { type: either(one.type, other.type), cost };
    const applied = [condition, one, other].map(({ type }) => typeText(type)).join(", ");
    return { type: this.#noOverload(this.#after(test, "?"), "_?_:_", `(${applied})`), cost };
  }

  #unary(node: Node, names: Names): Known {
    const inner = node.args as Node;
    const operand = this.visit(inner, names);
    // A negative number is a literal.
    if (node.op === "-_" && inner.op === "value" && unary(node.op, operand.type) !== undefined)
      return operand;
    const found = unary(node.op, operand.type);
    const name = node.op === "!_" ? "!_" : "-_";
    const type = found?.type ?? this.#noOverload(node.start, name, `(${typeText(operand.type)})`);
    return { type, cost: operand.cost + (found?.cost ?? 1) };
  }

  #binary(node: Node, names: Names): Known {
    const [left, right] = node.args as [Node, Node];
    const [one, other] = [this.visit(left, names), this.visit(right, names)];
    const index = node.op === "[]";
    const found = index ? indexed(one.type, other.type) : binary(node.op, one.type, other.type);
    const cost = capped(one.cost + other.cost + (found?.cost ?? 1));
    if (found !== undefined) return { type: found.type, cost };
    const name = index ? "_[_]" : node.op === "in" ? "@in" : `_${node.op}_`;
    const applied = `(${typeText(one.type)}, ${typeText(other.type)})`;
    const at = this.#after(left, index ? "[" : node.op);
    return { type: this.#noOverload(at, name, applied), cost };
  }

  #call(node: Node, names: Names): Known {
    const [name, args] = node.args as [string, readonly Node[]];
    const [only] = args;
    if (name === "has" && only !== undefined) return this.#presence(only, names);
    const given = args.map((one) => this.visit(one, names));
    this.#literal(name, only);
    if (name === "dyn") return { type: DYN, cost: sum(given) + 1 };
    return this.#applied(name, undefined, given, node.start + name.length);
  }

  /** A test for a field costs what its owner costs. */
  #presence(field: Node, names: Names): Known {
    const { cost } = this.visit(field, names);
    return { type: simple("bool"), cost: field.op === "." ? cost - 1 : cost };
  }

  #member(node: Node, names: Names): Known {
    const [name, target, args] = node.args as [string, Node, readonly Node[]];
    const bound = target.op === "id" ? String(target.args) : undefined;
    if (bound !== undefined && !names.has(bound) && NAMESPACES.includes(bound)) {
      if (bound === "cel" && name === "bind") return this.#bind(args, names);
      const given = args.map((one) => this.visit(one, names));
      return this.#applied(`${bound}.${name}`, undefined, given, node.start);
    }
    const of = this.visit(target, names);
    const round = comprehension(name, args, of.type);
    if (round !== undefined) return this.#comprehension(node, of, round, names);
    const outside = this.#mixed;
    this.#mixed = outside || name === "format";
    const given = args.map((one) => this.visit(one, names));
    this.#mixed = outside;
    this.#literal(name, args[0]);
    const at = this.#after(target, "(");
    const { type, cost } = this.#applied(name, of.type, given, at);
    return { type, cost: capped(cost + of.cost) };
  }

  #applied(name: string, target: CelType | undefined, given: readonly Known[], at: number): Known {
    const args = given.map(({ type }) => type);
    const call = { target, args };
    const { type, cost } = estimate(name, call);
    const total = capped(sum(given) + cost);
    if (!isMismatched(name, call)) return { type, cost: total };
    const on = target === undefined ? "" : `${typeText(target)}.`;
    const applied = `${on}(${args.map(typeText).join(", ")})`;
    return { type: this.#noOverload(at, name, applied), cost: total };
  }

  #literal(name: string, first: Node | undefined): void {
    if (first?.op !== "value" || typeof first.args !== "string") return;
    if (isLiteral(name, first.args)) return;
    this.badLiterals.push({ at: first.start, why: `invalid ${name} argument` });
  }

  /** `cel.bind(x, value, expression)`: the comprehension that it stands for begins with an empty list. */
  #bind([name, value, body]: readonly Node[], names: Names): Known {
    if (name === undefined || value === undefined || body === undefined)
      return { type: UNKNOWN, cost: 1 };
    const bound = this.visit(value, names);
    const inner = this.visit(body, new Map(names).set(String(name.args), bound.type));
    return { type: inner.type, cost: capped(10 + bound.cost + inner.cost) };
  }

  #comprehension(node: Node, of: Known, round: Round, names: Names): Known {
    const [, target] = node.args as [string, Node];
    if (round.variables === undefined) {
      const why = `expression of type '${typeText(of.type)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
      return { type: this.#wrong(target.start, why), cost: of.cost };
    }
    const inner = new Map([...names, ...round.variables]);
    const parts = round.parts.map((part) => this.visit(part, inner));
    const [test] = parts;
    if (round.quantifier !== undefined && test !== undefined && !isBool(test.type)) {
      const applied = `(bool, ${typeText(test.type)})`;
      this.#noOverload(this.#after(target, "("), round.quantifier, applied);
    }
    const { type, each, base } = round.result(parts, of.cost);
    return { type, cost: capped(of.cost + base + sizeOf(of.type).max * each) };
  }

  /** Where a mark stands first behind a part. */
  #after(part: Node, mark: string): number {
    const at = this.#text.indexOf(mark, part.end);
    return at < 0 ? part.end : at;
  }
}

function sum(parts: readonly Known[]): number {
  return capped(parts.reduce((total, { cost }) => total + cost, 0));
}

/** Whether a function takes a text; of functions that take only texts of a form. */
function isLiteral(name: string, text: string): boolean {
  switch (name) {
    case "matches":
      return isPattern(text);
    case "duration":
      return /^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/.test(text);
    case "timestamp":
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
    default:
      return true;
  }
}

function literalType(value: unknown): CelType {
  switch (typeof value) {
    case "string": {
      const letters = [...value].length;
      return sized(simple("string"), { min: letters, max: letters });
    }
    case "bigint":
      return simple("int");
    case "number":
      return simple("double");
    case "boolean":
      return simple("bool");
    default:
      if (value === null) return sized(simple("null_type"), { min: 1, max: 1 });
      if (value instanceof Uint8Array)
        return sized(simple("bytes"), { min: value.length, max: value.length });
      // What is left of literals are unsigned numbers.
      return simple("uint");
  }
}

/** Whether an expression gives something else than it should; what may be anything is something else. */
export function givesOther({ type }: Checked, wanted: readonly SimpleKind[]): boolean {
  return type.kind !== "unknown" && !(wanted as readonly string[]).includes(type.kind);
}
