import type { Checker, MacroNode, Runner, Scope } from "./libraries/macros.ts";

/**
 * `has(a["b"].c)`: the library's own macro knows plain fields only. Calls of `has` on anything else are given a macro that
 * evaluates what stands before the last field.
 */

interface PatchedNode extends MacroNode {
  readonly meta: { readonly macro?: unknown };
  setMeta(key: string, value: unknown): unknown;
}

interface Presence {
  readonly target: MacroNode;
  readonly field: unknown;
}

/** Replaces the macros of such calls anywhere in an expression. */
export function presenceOfEntries(part: unknown): void {
  if (Array.isArray(part)) {
    part.forEach(presenceOfEntries);
    return;
  }
  if (part === null || typeof part !== "object" || !("op" in part)) return;
  const node = part as PatchedNode;
  presenceOfEntries(node.args);
  if (node.op !== "call") return;
  const [name, args] = node.args as [string, MacroNode[]];
  const [asked] = args;
  if (name !== "has" || asked === undefined || !(asked.op === "." || asked.op === "[]")) return;
  const [target, field] = asked.args as [MacroNode, unknown];
  const key = asked.op === "." ? field : (field as MacroNode).args;
  node.setMeta("macro", {
    nodes: [target],
    target,
    field: key,
    typeCheck: (checker: Checker, { target: inner }: Presence, scope: Scope) => {
      checker.check(inner, scope);
      return checker.getType("bool");
    },
    evaluate: (runner: Runner, presence: Presence, scope: Scope) =>
      isPresent(runner, presence, scope),
  });
}

function isPresent(runner: Runner, { target, field }: Presence, scope: Scope): boolean {
  const value = runner.run(target, scope);
  if (value === null || typeof value !== "object") return false;
  if (value instanceof Map) return value.get(field) !== undefined;
  return Object.hasOwn(value, String(field)) && Reflect.get(value, String(field)) !== undefined;
}
