import { type CelType, isOpen, listOf, type Node, open, simple, sizeOf, UNKNOWN } from "./types.ts";

/*
 * Macros that go over a list or a map, and those of optional values: their variables, and what their expansions cost (cel-go
 * parser `macro.go`, checker `cost.go`).
 */

interface Known {
  readonly type: CelType;
  readonly cost: number;
}

/** One macro's call. */
export interface Round {
  /** Its variables; undefined where the receiver cannot be gone over. */
  readonly variables: readonly (readonly [string, CelType])[] | undefined;
  /** What is evaluated with these variables. */
  readonly parts: readonly Node[];
  /** The operator that puts the truths together, by the name that mistakes tell. */
  readonly quantifier?: string;
  /** What comes out, and what a round costs and what is paid once; `of` is the receiver's own cost. */
  readonly result: (
    parts: readonly Known[],
    of: number,
  ) => { readonly type: CelType; readonly each: number; readonly base: number };
}

const BOOL = simple("bool");
const costOf = (parts: readonly Known[], index: number): number => parts[index]?.cost ?? 0;
const typeOf = (parts: readonly Known[], index: number): CelType => parts[index]?.type ?? UNKNOWN;

type Kind = (
  of: CelType,
  parts: number,
) => Pick<Round, "quantifier" | "result"> & { readonly parts: readonly number[] };

const exactlyOne: Kind = () => ({
  parts: [1],
  result: (parts) => ({ type: BOOL, each: costOf(parts, 0) + 2, base: 2 }),
});

const transforms: Kind = (of, parts) => ({
  parts: [1, 2],
  result: (given) => {
    const last = parts - 1;
    const made = 12 + costOf(given, last);
    return {
      type: listOf(typeOf(given, last), { min: 0, max: sizeOf(of).max }),
      each: parts === 1 ? made : costOf(given, 0) + made,
      base: 11,
    };
  },
});

const KINDS: Readonly<Record<string, Kind>> = {
  all: () => ({
    parts: [1],
    quantifier: "_&&_",
    result: (parts) => ({ type: BOOL, each: costOf(parts, 0) + 3, base: 1 }),
  }),
  exists: () => ({
    parts: [1],
    quantifier: "_||_",
    result: (parts) => ({ type: BOOL, each: costOf(parts, 0) + 4, base: 1 }),
  }),
  exists_one: exactlyOne,
  existsOne: exactlyOne,
  filter: (of) => ({
    parts: [1],
    result: (parts) => ({
      type: of.kind === "map" ? listOf(of.key, sizeOf(of)) : of,
      each: costOf(parts, 0) + 13,
      base: 11,
    }),
  }),
  map: transforms,
  sortBy: (of) => ({
    parts: [1],
    result: (parts) => ({
      type: of,
      each: costOf(parts, 0) + 12,
      base: 22 + 2 * sizeOf(of).max ** 2,
    }),
  }),
  transformList: transforms,
  transformMap: (of, parts) => ({
    parts: [1, 2],
    result: (given) => ({
      type: { kind: "map", key: keyOf(of), value: typeOf(given, parts - 1), size: sizeOf(of) },
      each: given.reduce((total, { cost }) => total + cost, 3),
      base: 31,
    }),
  }),
};

/** Macros that name an index or key beside the value. */
const TWO_NAMES: readonly string[] = ["all", "exists", "exists_one", "existsOne"];
const ALWAYS_TWO: readonly string[] = ["transformList", "transformMap"];

/** The macro that a call of a receiver's function is, if it is one. */
export function comprehension(name: string, args: readonly Node[], of: CelType): Round | undefined {
  if (name === "optMap" || name === "optFlatMap") return optional(name, args, of);
  const make = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (make === undefined) return undefined;
  const two = ALWAYS_TWO.includes(name) || (TWO_NAMES.includes(name) && args.length === 3);
  const names = args.slice(0, two ? 2 : 1);
  const parts = args.slice(names.length);
  const kind = make(of, parts.length);
  if (!names.every(({ op }) => op === "id") || !kind.parts.includes(parts.length)) return undefined;
  const types = two ? [keyOf(of), itemOf(of)] : [of.kind === "map" ? of.key : itemOf(of)];
  const ranged = isOpen(of) || of.kind === "list" || of.kind === "map";
  const variables = names.map((one, at) => [String(one.args), types[at] ?? UNKNOWN] as const);
  return { ...kind, variables: ranged ? variables : undefined, parts };
}

function keyOf(of: CelType): CelType {
  if (of.kind === "list") return simple("int");
  return of.kind === "map" ? of.key : open(of);
}

function itemOf(of: CelType): CelType {
  if (of.kind === "list") return of.element;
  return of.kind === "map" ? of.value : open(of);
}

/** `x.optMap(v, e)`: asks whether there is a value, takes it (both evaluate `x`), and binds it. */
function optional(name: string, [variable, body]: readonly Node[], of: CelType): Round | undefined {
  if (variable?.op !== "id" || body === undefined) return undefined;
  const held = of.kind === "optional" ? of.of : UNKNOWN;
  return {
    variables: [[String(variable.args), held]],
    parts: [body],
    result: (parts, cost) => {
      const made = typeOf(parts, 0);
      const wraps = name === "optMap" ? 1 : 0;
      return {
        type: name === "optMap" ? { kind: "optional", of: made } : made,
        each: 0,
        base: 1 + wraps + 10 + 1 + cost + costOf(parts, 0),
      };
    },
  };
}
