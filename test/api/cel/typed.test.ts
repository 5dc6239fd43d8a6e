import { describe, expect, it } from "vitest";
import { checkTypes } from "../../../sim/api/cel/program.ts";
import type { JSONSchemaProps } from "../../../sim/api/types.gen.ts";
import { declaredType } from "../../../sim/api/validation/definition/definition-types.ts";

/* What rules cost by estimate over schemas without and with limits: numbers that apiextensions' own tests of v1.3x state. */

type Schema = JSONSchemaProps;
type Made = (max: number | undefined) => Schema;

const scalar = (type: string, format?: string): Schema => ({
  type,
  ...(format === undefined ? {} : { format }),
});
const BOOL = scalar("boolean");
const NUMBER = scalar("number");
const TEXT = scalar("string");
const DURATION = scalar("string", "duration");
const DATE = scalar("string", "date");
const TIME = scalar("string", "date-time");
const EITHER: Schema = { "x-kubernetes-int-or-string": true };
const capped = (key: "maxItems" | "maxLength" | "maxProperties", max: number | undefined) =>
  max === undefined ? {} : { [key]: max };
const array =
  (items: Schema): Made =>
  (max) => ({ type: "array", items, ...capped("maxItems", max) });
const map =
  (values: Schema): Made =>
  (max) => ({ type: "object", additionalProperties: values, ...capped("maxProperties", max) });
const text: Made = (max) => ({ ...TEXT, ...capped("maxLength", max) });
const bytes: Made = (max) => ({ ...scalar("string", "byte"), ...capped("maxLength", max) });
const texts: Made = (max) => array(text(max))(max);
const object = (properties: Readonly<Record<string, Schema>>, required: string[] = []): Schema => ({
  type: "object",
  properties,
  required,
});
const items = object({ required: TEXT, optional: TEXT }, ["required"]);
const nested: Made = (max) => array(map(items)(max))(max);

function costOf(schema: Schema, rule: string): number {
  const { type } = declaredType(schema, false) ?? { type: { kind: "unknown" } as const };
  const checked = checkTypes(
    rule,
    new Map([
      ["self", type],
      ["oldSelf", type],
    ]),
  );
  expect(checked?.problem).toBeUndefined();
  return checked?.cost ?? -1;
}

describe("the estimated cost of a rule", () => {
  it.each<[string, Made, number, number, number]>([
    ["self.all(x, true)", array(NUMBER), 4_718_591, 10, 32],
    ["self.all(x, true)", array(TEXT), 3_145_727, 20, 62],
    ["self.all(x, true)", array(BOOL), 1_887_437, 5, 17],
    ["self.all(x, true)", array(array(NUMBER)(undefined)), 3_145_727, 100, 302],
    ["self.all(x, true)", map(NUMBER), 1_348_169, 10, 32],
    ["self.all(x, true)", map(TEXT), 1_179_647, 3, 11],
    ["self.all(x, true)", map(BOOL), 943_718, 100, 302],
    ["self.contains('test')", text, 314_574, 10, 5],
    ["self.startsWith('test')", text, 2, 15, 2],
    ["self.endsWith('test')", text, 2, 30, 2],
    ['size(self + "hello") > size("hello")', text, 314_578, 4, 7],
    ["self[1] == 0.0", array(NUMBER), 2, 5000, 2],
    ["self[1] == self[1]", array(TEXT), 314_577, 8, 314_577],
    ["self.all(x, self.all(y, true))", array(NUMBER), Infinity, 10, 352],
    ["self.all(x, self.all(y, self.all(z, true)))", array(NUMBER), Infinity, 10, 3552],
    ['self.matches("x")', text, 314_574, 50, 22],
    ['"".matches("(((((((((())))))))))[0-9]")', text, 7, 10, 7],
    ['self.matches("")', text, 1, 100, 1],
    ["self[3] == 0.0", array(NUMBER), 2, 0, 2],
    ['self["x"] == 0.0', map(NUMBER), 2, 0, 2],
    ['self == "x"', text, 2, 0, 1],
    ['self == b"x"', bytes, 2, 0, 1],
    ["self.all(x, x == 0.0)", array(NUMBER), 6_291_454, 3 * 1024 * 2048, 25_165_826],
    ["self.all(x, true)", array(EITHER), 4_718_591, 10, 32],
    ["self[0] == 5", array(EITHER), 3, 10, 3],
    ["self[0] == false", array(BOOL), 2, 25, 2],
    ["self[0] == null", array(items), 2, 422, 2],
    ["self[0][0] == -1.0", array(array(NUMBER)(undefined)), 3, 51, 3],
    ["self.all(x, x.y == 25.2)", array(map(NUMBER)(undefined)), 6_291_452, 12, 74],
    ["self[0].x > 2.0", array(map(NUMBER)(undefined)), 4, 3000, 4],
    ["self.all(x, true)", array(DURATION), 2_359_295, 5, 17],
    ["self[0].getHours() == 2", array(DURATION), 4, 525, 4],
    ["self.all(x, true)", array(DATE), 725_936, 15, 47],
    ["self[2].getDayOfMonth() == 13", array(DATE), 4, 42, 4],
    ["self.all(x, true)", array(TIME), 428_963, 25, 77],
    ["self.all(x, true)", map(EITHER), 1_348_169, 15, 47],
    ["self.all(x, true)", map(items), 428_963, 20, 62],
    ["self.all(x, true)", map(map(NUMBER)(undefined)), 1_179_647, 10, 32],
    ["self.all(x, true)", map(array(NUMBER)(undefined)), 1_179_647, 25, 77],
    ["self.all(x, true)", map(DURATION), 1_048_577, 5, 17],
    ["self.all(x, true)", map(DATE), 524_288, 10, 32],
    ["self.all(x, true)", map(TIME), 349_526, 25, 77],
    ["self.find('[0-9]+') == ''", text, 629_147, 10, 11],
    ["self.join(' ') == 'aa bb'", texts, 329_853_068_905, 10, 43],
    ["self.isSorted() == true", texts, 329_854_432_052, 10, 52],
    [
      "self.str.replace(self.before, self.after) == 'does not matter'",
      (max) => object({ str: text(max), before: text(2), after: text(4) }),
      629_154,
      4,
      12,
    ],
    [
      "self.str.split(self.separator) == []",
      (max) => object({ str: text(max), separator: text(max) }),
      629_160,
      10,
      22,
    ],
    ["self.lowerAscii() == 'lower!'", text, 314_575, 10, 6],
    ["oldSelf.size() == self.size()", map(scalar("integer")), 5, 10, 5],
    ['self["a"] == self["b"]', map(TIME), 8, 7, 8],
    ['self["c"] == self["d"]', map(DURATION), 8, 42, 8],
    [
      "self.contains('A')",
      (max) => ({ ...text(max), enum: ["A", "B", "C", "LongValue"] }),
      2,
      1000,
      401,
    ],
    ["self.all(x, x.contains(self[x]))", map(TEXT), 2_752_507, 10, 72],
    ['self.all(x, x["y"].required == "z")', nested, 7_340_027, 10, 72],
  ])("%s is at most as told", (rule, made, unlimited, max, limited) => {
    if (unlimited === Infinity) expect(costOf(made(undefined), rule)).toBeGreaterThan(1_000_000);
    else expect(costOf(made(undefined), rule)).toBe(unlimited);
    expect(costOf(made(max), rule)).toBe(limited);
  });
});

const RULED = object({
  n: scalar("integer"),
  s: { ...TEXT, maxLength: 63 },
  port: EITHER,
  wait: DURATION,
  at: TIME,
  l: { ...array({ ...TEXT, maxLength: 63 })(10) },
  nums: array(scalar("integer"))(10),
  m: { ...map(scalar("integer"))(10) },
  parts: array(object({ name: { ...TEXT, maxLength: 63 }, "a-b": BOOL, size: scalar("integer") }))(
    10,
  ),
});
const check = (rule: string) => {
  const { type } = declaredType(RULED, false) ?? { type: { kind: "unknown" } as const };
  return checkTypes(
    rule,
    new Map([
      ["self", type],
      ["oldSelf", type],
    ]),
  );
};

describe("a rule with sound types", () => {
  it.each([
    "self.parts.all(one, self.parts.exists_one(other, one.name == other.name))",
    "!has(self.s) || self.s.matches('^[a-z]+$') && self.n >= 1",
    "has(oldSelf.s) == has(self.s)",
    "self.n > 1.5 && self.n < 3u",
    "type(self.port) == int ? self.port > 0 : self.port.matches('^[a-z]+$')",
    "isURL(self.s) && url(self.s).getScheme() == 'https'",
    "quantity(self.s).isLessThan(quantity('1Gi'))",
    "self.parts.map(p, p.name).isSorted()",
    "self.nums.sum() == 3 && [1, 2].max() == 2",
    "self.s.split(',').all(x, x.size() < 10)",
    "self.wait > duration('1s') && self.at < timestamp('2030-01-01T00:00:00Z')",
    "self.at + self.wait > self.at && self.at - self.at == duration('0s')",
    "int(self.s) > 3 && double(self.n) * 0.5 > 1.0 && string(self.n) == '1'",
    "self.l.exists(x, x in ['a', 'b']) && 'x' in self.m && self.n in self.nums",
    "sets.contains(self.l, ['a'])",
    "self.?s.orValue('x') == 'x' && self.?s.hasValue()",
    "self.l[?0].optMap(x, x == 'a').orValue(false)",
    "cel.bind(x, self.s, x == 'b')",
    "ip(self.s).family() == 4 && cidr(self.s).containsIP('10.0.0.1')",
    "format.dns1123Label().validate(self.s).hasValue()",
    "self.m.all(k, k.size() < 5 && self.m[k] > 1) && self.m.all(k, v, k != '' && v > 1)",
    "self.nums.filter(x, x > 1).size() > 0 && self.nums.map(x, x > 1, x * 2).sum() < 5",
    "self.parts.all(p, p.a__dash__b) && size(self.l) == 0",
    "self.at != null && self.wait != null && null == null",
    "self == oldSelf && self.l == oldSelf.l && self != null",
    "has(self.s) && self.s == dyn(1)",
    "base64.decode(self.s) == b'x' && math.greatest(self.n, 3) == 3",
    "'%s is %d'.format([self.s, self.n]) != ''",
    "!has(self.s) ? true : self.s.lowerAscii().startsWith(self.l[0].trim())",
    "self.nums == [] && self.m == {} && self.l + ['x'] == oldSelf.l",
    "self.l.join('') == '' && self.l.indexOf('x') == -1 && self.s.indexOf('x') == -1",
    "self.l.transformList(i, v, i > 0 && v != '').exists(x, x)",
    "self.port == 1 || self.port == 'http'",
  ])("%s is let through", (rule) => {
    const checked = check(rule);
    expect(checked?.problem).toBeUndefined();
    expect(checked?.type.kind).toMatch(/^(bool|unknown)$/);
    expect(checked?.cost).toBeLessThan(10_000_000);
  });
});

describe("a rule with a mistake of type", () => {
  it.each([
    ["self.s == null", 8, "found no matching overload for '_==_' applied to '(string, null)'"],
    [
      "self.l == null",
      8,
      "found no matching overload for '_==_' applied to '(list(string), null)'",
    ],
    ["self.s.matches('[')", 16, "invalid matches argument"],
    ["self.wait > duration('1 s')", 22, "invalid duration argument"],
    ["self.at > timestamp('now')", 21, "invalid timestamp argument"],
    ["self.n == 'x'", 8, "found no matching overload for '_==_' applied to '(int, string)'"],
    ["self.n==1.0", 7, "found no matching overload for '_==_' applied to '(int, double)'"],
    ["self.s < 3", 8, "found no matching overload for '_<_' applied to '(string, int)'"],
    ["self.n && true", 8, "found no matching overload for '_&&_' applied to '(int, bool)'"],
    ["!self.n", 1, "found no matching overload for '!_' applied to '(int)'"],
    ["-self.s == ''", 1, "found no matching overload for '-_' applied to '(string)'"],
    ["self.s + 1 == ''", 8, "found no matching overload for '_+_' applied to '(string, int)'"],
    [
      "self.n ? true : false",
      8,
      "found no matching overload for '_?_:_' applied to '(int, bool, bool)'",
    ],
    [
      "self.n in self.l",
      8,
      "found no matching overload for '@in' applied to '(int, list(string))'",
    ],
    [
      "self.l['a'] == ''",
      7,
      "found no matching overload for '_[_]' applied to '(list(string), string)'",
    ],
    [
      "self.n.startsWith('a')",
      18,
      "found no matching overload for 'startsWith' applied to 'int.(string)'",
    ],
    [
      "self.s.startsWith(1)",
      18,
      "found no matching overload for 'startsWith' applied to 'string.(int)'",
    ],
    ["size(self.n) > 1", 5, "found no matching overload for 'size' applied to '(int)'"],
    ["self.n.x == 1", 7, "type 'int' does not support field selection"],
    ["self.l.x == 1", 7, "type 'list(string)' does not support field selection"],
    ["self.parts.all(p, p.zz > 1)", 20, "undefined field 'zz'"],
    ["has(self.zz)", 9, "undefined field 'zz'"],
    ["self.l.all(x, size)", 15, "undeclared reference to 'size' (in container '')"],
    ["self.l.all(x, 1)", 11, "found no matching overload for '_&&_' applied to '(bool, int)'"],
    ["[1, 'a'] == []", 5, "expected type 'int' but found 'string'"],
    [
      "self.at + 1 == self.at",
      9,
      "found no matching overload for '_+_' applied to '(timestamp, int)'",
    ],
    [
      "self.wait == '1s'",
      11,
      "found no matching overload for '_==_' applied to '(duration, string)'",
    ],
  ])("%s is told of at column %i: %s", (rule, column, why) => {
    const mark = `\n | ${rule}\n | ${".".repeat(column - 1)}^`;
    expect(check(rule)?.problem).toBe(`ERROR: <input>:1:${column}: ${why}${mark}`);
  });

  it("is told of with the others, in order", () => {
    const lines = check("self.a == 1 &&\n self.n == 'x'")?.problem?.split("\n") ?? [];
    expect(lines.filter((line) => line.startsWith("ERROR"))).toEqual([
      "ERROR: <input>:1:5: undefined field 'a'",
      "ERROR: <input>:2:9: found no matching overload for '_==_' applied to '(int, string)'",
    ]);
  });
});
