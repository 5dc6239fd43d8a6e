import {
  type CelType,
  listOf,
  type Size,
  simple,
  sized,
  sizeOf,
  UNBOUNDED,
  UNKNOWN,
} from "./types.ts";

/*
 * Results and estimated costs of functions (cel-go checker `cost.go`, apiserver `library/cost.go`), without what their operands
 * cost. What is not listed costs 1 and gives a value that nothing is known of.
 */

/** A function's result and its cost at most. */
export interface Estimate {
  readonly type: CelType;
  readonly cost: number;
}

/** A call: the receiver's type, where there is one, and those of the arguments. */
export interface Call {
  readonly target: CelType | undefined;
  readonly args: readonly CelType[];
}

/** Numbers beyond what can be counted stay there. */
export const capped = (value: number): number => Math.min(UNBOUNDED, value);

/** A tenth of a unit for each letter that may have to be read. */
export const reading = ({ max }: Size, factor = 1): number =>
  max >= UNBOUNDED ? UNBOUNDED : capped(Math.ceil((max * factor) / 10));

const plus = (one: Size, other: Size): Size => ({
  min: capped(one.min + other.min),
  max: capped(one.max + other.max),
});

const BOOL = simple("bool");
const INT = simple("int");
const TEXT = simple("string");
const UP_TO = (max: number): Size => ({ min: 0, max });

type Rule = (call: Call) => Estimate | undefined;

const first = ({ args }: Call): CelType => args[0] ?? UNKNOWN;
const receiver = ({ target }: Call): CelType => target ?? UNKNOWN;

/** A test of a text whose cost is that of reading the argument. */
const readsArgument: Rule = (call) => ({ type: BOOL, cost: reading(sizeOf(first(call))) });
/** Gives the receiver's text in another form, no longer than it was. */
const reforms: Rule = (call) => {
  const size = sizeOf(receiver(call));
  return { type: sized(TEXT, size), cost: reading(size) };
};
const always =
  (type: CelType): Rule =>
  () => ({ type, cost: 1 });

function regexCost(text: Size, pattern: Size): number {
  const letters = reading(plus(text, { min: 1, max: 1 }));
  return capped(letters * (pattern.max >= UNBOUNDED ? UNBOUNDED : Math.ceil(pattern.max / 4)));
}

/** Goes over a list once, and over its texts. */
const traverses =
  (result: (element: CelType) => CelType): Rule =>
  (call) => {
    const list = receiver(call);
    if (list.kind !== "list")
      return { type: result(UNKNOWN), cost: list.kind === "string" ? reading(sizeOf(list)) : 1 };
    const { element } = list;
    const texts = element.kind === "string" || element.kind === "bytes";
    const each = 1 + (texts ? reading(sizeOf(element)) : 0);
    return { type: result(element), cost: capped(sizeOf(list).max * each) };
  };

const replaces: Rule = (call) => {
  const [old = UNKNOWN, by = UNKNOWN] = call.args;
  const [text, from, to] = [sizeOf(receiver(call)), sizeOf(old), sizeOf(by)];
  const grown =
    from.min === 0
      ? capped((text.max + 1) * to.max + text.max)
      : to.max <= from.min
        ? text.max
        : capped(Math.ceil(text.max / from.min) * to.max);
  return { type: sized(TEXT, UP_TO(grown)), cost: reading(text, 2) };
};

const splits: Rule = (call) => {
  const size = sizeOf(receiver(call));
  return { type: listOf(TEXT, UP_TO(size.max)), cost: reading(size, 2) };
};

const joins: Rule = (call) => {
  const list = receiver(call);
  const element = list.kind === "list" ? list.element : UNKNOWN;
  const count = sizeOf(list);
  const separator = call.args.length === 0 ? 0 : sizeOf(first(call)).max;
  const between = count.max === 0 ? 0 : capped((count.max - 1) * separator);
  const size = UP_TO(capped(count.max * sizeOf(element).max + between));
  return { type: sized(TEXT, size), cost: reading(size) };
};

const pairs =
  (factor: number): Rule =>
  ({ args: [one = UNKNOWN, other = UNKNOWN] }) => ({
    type: BOOL,
    cost: capped(sizeOf(one).max * sizeOf(other).max * factor + 1),
  });

/** Makes a list of a receiver's items: a call, a list, and so much for each item, or for each pair of items. */
const copies =
  (factor: number, power: 1 | 2): Rule =>
  (call) => {
    const { max } = sizeOf(receiver(call));
    return { type: receiver(call), cost: capped(11 + factor * max ** power) };
  };

/** Functions of a receiver. */
const MEMBERS: Readonly<Record<string, Rule>> = {
  startsWith: readsArgument,
  endsWith: readsArgument,
  contains: (call) => ({
    type: BOOL,
    cost: capped(reading(sizeOf(receiver(call))) * reading(sizeOf(first(call)))),
  }),
  matches: (call) => ({
    type: BOOL,
    cost: regexCost(sizeOf(receiver(call)), sizeOf(first(call))),
  }),
  find: (call) => ({
    type: sized(TEXT, UP_TO(sizeOf(receiver(call)).max)),
    cost: regexCost(sizeOf(receiver(call)), sizeOf(first(call))),
  }),
  findAll: (call) => ({
    type: listOf(TEXT, UP_TO(sizeOf(receiver(call)).max)),
    cost: regexCost(sizeOf(receiver(call)), sizeOf(first(call))),
  }),
  lowerAscii: reforms,
  upperAscii: reforms,
  trim: reforms,
  substring: reforms,
  replace: replaces,
  split: splits,
  join: joins,
  format: (call) => ({ type: sized(TEXT, UP_TO(0)), cost: reading(sizeOf(receiver(call))) }),
  charAt: always(TEXT),
  size: always(INT),
  isSorted: traverses(() => BOOL),
  sum: traverses((element) => ({ ...element })),
  min: traverses((element) => element),
  max: traverses((element) => element),
  indexOf: traverses(() => INT),
  lastIndexOf: traverses(() => INT),
  hasValue: always(BOOL),
  distinct: copies(2, 2),
  reverse: copies(1, 1),
  slice: copies(1, 1),
  sort: copies(2, 2),
};
for (const name of "getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds".split(
  " ",
))
  (MEMBERS as Record<string, Rule>)[name] = always(INT);

/** Functions without a receiver, and those of a namespace. */
const GLOBALS: Readonly<Record<string, Rule>> = {
  size: always(INT),
  int: always(INT),
  uint: always(simple("uint")),
  double: always(simple("double")),
  bool: always(BOOL),
  timestamp: always(simple("timestamp")),
  duration: always(simple("duration")),
  type: always(simple("type")),
  string: (call) => {
    const value = first(call);
    const size = sizeOf(value);
    if (value.kind === "string") return { type: value, cost: 1 };
    if (value.kind === "bytes") return { type: sized(TEXT, size), cost: reading(size) };
    return { type: TEXT, cost: 1 };
  },
  bytes: (call) => {
    const size = sizeOf(first(call));
    const type = sized(simple("bytes"), UP_TO(capped(size.max * 4)));
    return { type, cost: reading(size) };
  },
  url: (call) => ({
    type: { kind: "opaque", name: "kubernetes.URL" },
    cost: reading(sizeOf(first(call))),
  }),
  // Upstream's estimator looks at the receiver's function alone.
  matches: always(BOOL),
  isURL: always(BOOL),
  isIP: always(BOOL),
  isCIDR: always(BOOL),
  isQuantity: always(BOOL),
  isSemver: always(BOOL),
  "sets.contains": pairs(1),
  "sets.intersects": pairs(1),
  "sets.equivalent": pairs(2),
};

/** What a receiver must be for a function that all know. */
const RECEIVERS: Readonly<Record<string, readonly CelType["kind"][]>> = {
  startsWith: ["string"],
  endsWith: ["string"],
  matches: ["string"],
  find: ["string"],
  findAll: ["string"],
  lowerAscii: ["string"],
  upperAscii: ["string"],
  trim: ["string"],
  substring: ["string"],
  replace: ["string"],
  split: ["string"],
  charAt: ["string"],
  isSorted: ["list"],
  sum: ["list"],
  join: ["list"],
  distinct: ["list"],
  flatten: ["list"],
  slice: ["list"],
  sort: ["list"],
  size: ["string", "bytes", "list", "map"],
};

/** Functions whose arguments are all texts. */
const OF_TEXTS: readonly string[] = ["startsWith", "endsWith", "matches", "find"];

/** Whether a function cannot be called so. */
export function isMismatched(name: string, { target, args }: Call): boolean {
  const subject = target ?? (name === "size" ? args[0] : undefined);
  const wanted = RECEIVERS[name];
  if (subject === undefined || wanted === undefined) return false;
  if (!fits(subject, wanted)) return true;
  return OF_TEXTS.includes(name) && args.some((one) => !fits(one, ["string"]));
}

function fits({ kind }: CelType, wanted: readonly CelType["kind"][]): boolean {
  return kind === "dyn" || kind === "unknown" || wanted.includes(kind);
}

/** What a call gives and costs. */
export function estimate(name: string, call: Call): Estimate {
  const rule = (call.target === undefined ? GLOBALS : MEMBERS)[name];
  return rule?.(call) ?? { type: UNKNOWN, cost: 1 };
}
