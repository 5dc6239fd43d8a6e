import { describe, expect, test } from "vitest";
import { Arguments } from "../../cli/command.ts";
import type { Io } from "../../cli/io.ts";
import { styleFor } from "../../cli/print/style.ts";
import { gridText } from "../../cli/print/table.ts";
import { wrap } from "../../cli/print/wrap.ts";

describe("what is printed for people", () => {
  test("is laid out by the columns that characters take", () => {
    expect(
      gridText([
        ["日本", "x"],
        ["abcde", "y"],
      ]),
    ).toBe("日本    x\nabcde   y\n");
    expect(wrap("日本 日本 日本", 9)).toEqual(["日本 日本", "日本"]);
  });

  test.each([
    [{}, {}, true],
    [{ TERM: "dumb" }, {}, false],
    [{ NO_COLOR: "1" }, {}, false],
    [{ NO_COLOR: "" }, {}, true],
    [{ NO_COLOR: "1" }, { color: true }, false],
    [{ TERM: "dumb" }, { color: true }, true],
    [{}, { color: false }, false],
  ])("is coloured on a terminal with %j and %j: %s", (env, given, coloured) => {
    const style = styleFor(new Arguments(given, []), { outIsTerminal: true, env } as Io);
    expect(style.red("x") !== "x").toBe(coloured);
  });
});
