import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../sim/api/cel/program.ts";
import { Regex } from "../../sim/api/regex.ts";

describe("a pattern of RE2", () => {
  it.each<[string, string, readonly string[]]>([
    ["a+", "baaca", ["aa", "a"]],
    ["a*", "baac", ["", "aa", ""]],
    ["a|ab", "abab", ["a", "a"]],
    ["ab|a", "abab", ["ab", "ab"]],
    ["a+?", "aaa", ["a", "a", "a"]],
    ["(?U)a+", "aaa", ["a", "a", "a"]],
    ["a{2,3}", "aaaaaa", ["aaa", "aaa"]],
    ["a{2}", "aaaaa", ["aa", "aa"]],
    ["x{2,}", "xxxxy", ["xxxx"]],
    ["a{,2}", "a{,2}", ["a{,2}"]],
    ["^a|b$", "aab", ["a", "b"]],
    ["(?m)^.", "ab\ncd", ["a", "c"]],
    [".+", "a\nb", ["a", "b"]],
    ["(?s).+", "a\nb", ["a\nb"]],
    ["(?i)stra\\x{DF}e", "STRAßE", ["STRAßE"]],
    ["(?i:A)b", "ab AB", ["ab"]],
    ["[^a-c]", "abcd", ["d"]],
    ["[]a]+", "a]b", ["a]"]],
    ["[a-]+", "-a-b", ["-a-"]],
    ["[[:alpha:][:^digit:]]+", "ab1", ["ab"]],
    ["\\d+\\D\\w\\s\\S", "12-a b", ["12-a b"]],
    ["\\bfoo\\b", "foo food", ["foo"]],
    ["\\Boo", "foo oo", ["oo"]],
    ["\\Aa\\z", "a", ["a"]],
    ["\\pL+", "aé1", ["aé"]],
    ["\\p{Greek}+", "aαβ", ["αβ"]],
    ["\\P{Lu}+", "ABc", ["c"]],
    ["\\Qa.b\\E+", "a.bb", ["a.bb"]],
    ["(?P<n>a)(?:b)(c)", "abc", ["abc"]],
    ["\\x41\\101\\t", "AA\t", ["AA\t"]],
    ["😀+", "😀😀", ["😀😀"]],
    ["(a*)*b", "aab", ["aab"]],
    ["", "ab", ["", "", ""]],
  ])("%s finds in %j what Go's does", (pattern, text, expected) => {
    expect(new Regex(pattern).findAll(text)).toEqual(expected);
    expect(new Regex(pattern).test(text)).toBe(expected.length > 0);
  });

  it.each([
    ["a**", "invalid nested repetition operator: `**`"],
    ["*a", "missing argument to repetition operator: `*`"],
    ["(a", "missing closing ): `(a`"],
    ["a)", "unexpected ): `a)`"],
    ["[a", "missing closing ]: `[a`"],
    ["[z-a]", "invalid character class range: `z-a`"],
    ["a{1001}", "invalid repeat count: `{1001}`"],
    ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
    ["(a)\\1", "invalid escape sequence: `\\1`"],
    ["\\p{Nothing}", "invalid character class range: `\\p{Nothing}`"],
    ["a\\", "trailing backslash at end of expression: ``"],
    ["((a{100}){100}){100}", "invalid repeat count: `{100}`"],
    [`${"(".repeat(1500)}a${")".repeat(1500)}`, "expression nests too deeply"],
  ])("%s is refused", (pattern, why) => {
    expect(() => new Regex(pattern)).toThrow(`error parsing regexp: ${why}`);
  });

  it("says the same as JavaScript's engine where both know the pattern", () => {
    const atom = fc.constantFrom(
      "a",
      "b",
      ".",
      "[ab]",
      "[^a]",
      "(a|b)",
      "(?:ab)",
      "^",
      "$",
      "\\b",
      "\\w",
    );
    const piece = fc.tuple(atom, fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}", "*?", "+?"));
    const pattern = fc
      .array(piece, { maxLength: 5 })
      .map((pieces) =>
        pieces.map(([one, count]) => (/^[\^$]|\\b/.test(one) ? one : one + count)).join(""),
      );
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (some, where) => {
        const first = new RegExp(some, "u").exec(where)?.[0];
        expect(new Regex(some).findAll(where, 1)[0]).toBe(first);
      }),
      { numRuns: 3000 },
    );
  });

  it("takes time by the text's length only, where a backtracking engine would never end", () => {
    const text = `${"a".repeat(5000)}!`;
    for (const pattern of ["(a+)+$", "(a|aa)+$", "(a*)*b", "^a*a*a*a*a*a*$"]) {
      expect(new Regex(pattern).test(text)).toBe(false);
      const outcome = evaluate("text.matches(pattern)", { text, pattern });
      expect("value" in outcome && outcome.value).toBe(false);
    }
  });

  it("answers expressions, and says there what is wrong with it", () => {
    const error = (expression: string) => {
      const outcome = evaluate(expression, {});
      return "error" in outcome ? outcome.error : outcome.value;
    };
    expect(error("'abc'.matches('^a.c$') && 'xabc'.matches('b')")).toBe(true);
    expect(error("'a'.matches('(')")).toBe("error parsing regexp: missing closing ): `(`");
    expect(error("'a1'.find('[0-9')")).toBe("error parsing regexp: missing closing ]: `[0-9`");
  });
});
