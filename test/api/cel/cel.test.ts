import { describe, expect, it } from "vitest";
import { compile, evaluate } from "../../../sim/api/cel/program.ts";
import { celValue, plainValue } from "../../../sim/api/cel/values.ts";

const self = celValue({
  a: 1,
  b: "x",
  l: [1, 2],
  m: { x: 1 },
  n: null,
  list: [{ name: "a" }],
  "foo-bar": 3,
});

function resultOf(expression: string): unknown {
  const outcome = evaluate(expression, { self });
  if ("error" in outcome) throw new Error(`${expression}: ${outcome.error}`);
  return plainValue(outcome.value);
}

function errorOf(expression: string): string {
  const outcome = evaluate(expression, { self });
  return "error" in outcome
    ? outcome.error
    : `a value: ${JSON.stringify(plainValue(outcome.value))}`;
}

describe("an expression", () => {
  it.each<[string, unknown]>([
    // literals that the parser does not know by itself
    ["[1, ?self.?zz, ?self.?a]", [1, 1]],
    ['{?"a": self.?zz, "b": 1}', { b: 1 }],
    ["Object{spec: Object.spec{replicas: self.a + 1, ?x: self.?zz}}", { spec: { replicas: 2 } }],
    ['[JSONPatch{op: "add", path: "/a", value: {"k": [1]}}][0].path', "/a"],
    ["self.`foo-bar`", 3],
    ["[self, self].all(one, has(one.a))", true],
    ["[1, 2, 3].slice(1, 3)", [2, 3]],
    ["[1, 2, 1, 2.0].distinct()", [1, 2]],
    ["[[1], [2, [3]]].flatten()", [1, 2, [3]]],
    ["[[1], [2, [3]]].flatten(2)", [1, 2, 3]],
    ["[3, 1, 2].sort() + ['b', 'a'].sort()", [1, 2, 3, "a", "b"]],
    ["[1, 2].reverse()", [2, 1]],
    ["lists.range(3)", [0, 1, 2]],
    ["[{'n': 2}, {'n': 1}].sortBy(x, x.n).map(x, x.n)", [1, 2]],
    ["{'x': self}.x.a", 1],
    ['matches("abc", "^a.c$") && !matches("abc", "b$")', true],
    ["self.a in [1, 2]", true],
    ["self.a in {2: 2} ? 1 : 0", 0],
    ['"[?x {" + self.b', "[?x {x"],
    ["has(self.list[0].name) && !has(self.list[0].other)", true],
    ["has(self.m.x) && !has(self.m.y)", true],
    // optional values
    ["self.?zz.orValue(5)", 5],
    ["optional.none().or(optional.of(2)).value()", 2],
    ["optional.of(1).optMap(x, x + 1).value()", 2],
    ["self.?zz.optMap(x, x).hasValue()", false],
    ["optional.of(1).optFlatMap(x, optional.none()).hasValue()", false],
    ['optional.ofNonZeroValue("").hasValue()', false],
    // quantities
    ['quantity("1Gi").isGreaterThan(quantity("500Mi"))', true],
    ['quantity("1k") == quantity("1000")', true],
    ['quantity("2").add(1).asInteger()', 3],
    ['quantity("50k").sub(quantity("20k")).compareTo(quantity("30k"))', 0],
    ['quantity("-1").sign()', -1],
    ['quantity("500m").isInteger()', false],
    ['quantity("500m").asApproximateFloat()', 0.5],
    ['isQuantity("1Gi") && !isQuantity("1 Gi")', true],
    // URLs
    ['url("https://u@a.b:80/c%20d?d=e&d=f").getHostname()', "a.b"],
    ['url("https://[::1]:80/").getHost()', "[::1]:80"],
    ['url("https://[::1]:80/").getHostname()', "::1"],
    ['url("https://a.b:80/c d").getEscapedPath()', "/c%20d"],
    ['url("https://a/?d=e&d=f").getQuery()', { d: ["e", "f"] }],
    ['isURL("/path") && !isURL("a b") && isURL("mailto:/x")', true],
    // regular expressions
    ['"abc 123".find("[0-9]+")', "123"],
    ['"abc".find("[0-9]+")', ""],
    ['"a1b2c3".findAll("[0-9]", 2)', ["1", "2"]],
    ['"AbC".find("(?i)abc")', "AbC"],
    ['"ab 12".findAll("[[:alpha:]]")', ["a", "b"]],
    // lists and sets
    ["[1, 2, 3].sum()", 6],
    ["[].sum()", 0],
    ["[1.5, 2.0].sum()", 3.5],
    ["[1, 3, 2].isSorted()", false],
    ['["a", "b"].isSorted()', true],
    ['["a", "c", "b"].max()', "c"],
    ["[2, 1].min()", 1],
    ["[1, 2, 1].indexOf(1)", 0],
    ["[1, 2, 1].lastIndexOf(1)", 2],
    ["[[1], [2]].indexOf([2])", 1],
    ["sets.contains([1, 2], [1])", true],
    ["sets.equivalent([1, 2], [2, 1, 1])", true],
    ["sets.intersects([1], [2])", false],
    // addresses
    ['ip("2001:db8::1").family()', 6],
    ['ip.isCanonical("2001:DB8::1")', false],
    ['ip.isCanonical("2001:db8:0:0:1::")', true],
    ['string(ip("2001:db8:0:0:1:0:0:1"))', "2001:db8::1:0:0:1"],
    ['isIP("::ffff:1.2.3.4")', false],
    ['ip("127.0.0.1").isLoopback() && !ip("127.0.0.1").isGlobalUnicast()', true],
    ['ip("fe80::1").isLinkLocalUnicast()', true],
    ['ip("224.0.0.1").isLinkLocalMulticast()', true],
    ['ip("10.0.0.1") == ip("10.0.0.1")', true],
    ['cidr("10.0.0.0/8").containsIP("10.1.1.1")', true],
    ['cidr("10.0.0.0/8").containsCIDR(cidr("10.1.0.0/16"))', true],
    ['cidr("10.1.0.0/16").containsCIDR("10.0.0.0/8")', false],
    ['string(cidr("10.1.0.0/8").masked())', "10.0.0.0/8"],
    ['cidr("10.1.0.0/8").prefixLength()', 8],
    ['isCIDR("10.0.0.0/33")', false],
    // formats
    ['format.dns1123Label().validate("A").hasValue()', true],
    ['format.dns1123LabelPrefix().validate("a-").hasValue()', false],
    ['format.named("labelValue").value().validate("ok").hasValue()', false],
    ['format.named("nothing").hasValue()', false],
    ['format.datetime().validate("2024-01-01T00:00:00Z").hasValue()', false],
    // versions
    ['semver("1.2.3-rc.1").isLessThan(semver("1.2.3"))', true],
    ['semver("1.2.3-rc.2").compareTo(semver("1.2.3-rc.10"))', -1],
    ['semver("v1.2", true).patch()', 0],
    ['isSemver("v1.2")', false],
    // texts
    ['"%s is %d and %.2f %x %%".format(["a", 3, 1.5, 255])', "a is 3 and 1.50 ff %"],
    ['"%s %s".format([[1, "a"], {"k": true}])', '[1, "a"] {"k": true}'],
    ['strings.quote("a\\"b\\n")', '"a\\"b\\n"'],
    ['"abc".charAt(1) + "abc".charAt(3)', "b"],
    ['"a-b-c".replace("-", "+", 1)', "a+b-c"],
    ['" aB ".trim().upperAscii()', "AB"],
    ['"a,b".split(",").join("|")', "a|b"],
    ['string(duration("1h30m"))', "5400s"],
    // comprehensions over two variables
    ["[1, 2].all(i, x, x > i)", true],
    ['{"a": 1, "b": 2}.exists(k, v, v == 2 && k == "b")', true],
    ["[1, 1].existsOne(i, x, x == 1)", false],
    ['{"a": 1}.transformMap(k, v, v + 1)', { a: 2 }],
    ['{"a": 1, "b": 2}.transformMap(k, v, v > 1, k)', { b: "b" }],
    ["[3, 4].transformList(i, x, i > 0, x)", [4]],
    ["[1, 2].transformMapEntry(i, x, {string(x): i})", { 1: 0, 2: 1 }],
    ["[1, 0].exists(i, x, 1 / x == 1)", true],
    ["cel.bind(x, self.a, x + x)", 2],
    ["[1, 2].map(x, [3].all(i, y, y > x))", [true, true]],
  ])("%s", (expression, expected) => {
    expect(resultOf(expression)).toEqual(expected);
  });
});

describe("a failing expression", () => {
  it.each([
    ["self.zz", "no such key: zz"],
    ["self.n.zz", "no such key: zz"],
    ["self.l[5]", "index out of bounds: 5"],
    ["1 / 0", "division by zero"],
    ["1 % 0", "modulus by zero"],
    ["9223372036854775807 + 1", "integer overflow"],
    ["self.b + 1", "no such overload"],
    ["self.a ? 1 : 2", "no such overload"],
    ["[].min()", "min called on empty list"],
    ["[1].slice(0, 2)", "cannot slice(0, 2), list is length 1"],
    ["[1].slice(1, 0)", "cannot slice(1, 0), start index must be less than or equal to end index"],
    ["[1, 'a'].sort()", "list elements must have the same type"],
    ["[[1], [2]].sort()", "list elements must be comparable"],
    ["[1].flatten(-1)", "level must be non-negative"],
    ["optional.none().value()", "optional.none() dereference"],
    ['quantity("500m").asInteger()', "cannot convert value to integer"],
    ["foo == 1", "no such attribute(s): foo"],
  ])("%s: %s", (expression, expected) => {
    expect(errorOf(expression)).toBe(expected);
  });

  it("shows where it cannot be compiled", () => {
    expect(compile("self.a ==\n nothing(1)").problem).toBe(
      "ERROR: <input>:2:9: undeclared reference to 'nothing' (in container '')\n |  nothing(1)\n | ........^",
    );
    expect(compile('1 + "a"').problem).toBe(
      "ERROR: <input>:1:1: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + \"a\"\n | ^",
    );
  });
});

describe("what an expression costs", () => {
  it.each([
    ["1", 0],
    ["self", 1],
    ["self.m.x", 3],
    ["[1, 2]", 0],
    ["[self.a]", 12],
    ["self.a == 1", 3],
    ['"0123456789ab" == "0123456789ab"', 2],
    ['"0123456789ab".contains("0123456789ab")', 4],
    ["has(self.m)", 1],
    ["true || self.a == 1", 0],
    ["self.l.all(x, true)", 8],
    ["self.l.map(x, 1)", 28],
  ])("%s: %d", (expression, expected) => {
    expect(evaluate(expression, { self }).cost).toBe(expected);
  });

  it("ends an expression that costs too much, wherever the failure might be caught", () => {
    const list = celValue(Array.from({ length: 120 }, (_, at) => at));
    const deep = "l.all(a, l.all(b, l.all(c, true)))";
    for (const expression of [deep, `${deep} || true`, `true && (false || ${deep})`]) {
      const outcome = evaluate(expression, { l: list });
      expect(outcome).toMatchObject({
        error: "operation cancelled: actual cost limit exceeded",
        exceeded: true,
      });
      expect(outcome.cost).toBeGreaterThan(1_000_000);
    }
  });
});
