import xterm from "@xterm/headless";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Screen } from "../../tui/screen.ts";

const { Terminal: Emulator } = xterm;

function emulator(columns = 20, rows = 5) {
  const terminal = new Emulator({ cols: columns, rows, allowProposedApi: true, scrollback: 100 });
  let pending = Promise.resolve();
  let sent = 0;
  return {
    columns,
    rows,
    write(bytes: string): void {
      sent += bytes.length;
      pending = pending.then(() => new Promise((done) => terminal.write(bytes, done)));
    },
    async text(): Promise<string[]> {
      await pending;
      const { active } = terminal.buffer;
      return Array.from(
        { length: rows },
        (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "",
      );
    },
    get sent(): number {
      return sent;
    },
    terminal,
  };
}

describe("screen", () => {
  test("what is shown is the newest frame, whatever was shown before", async () => {
    const frames = fc.array(fc.array(fc.stringMatching(/^[a-z ]{0,20}$/), { maxLength: 7 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(frames, async (drawn) => {
        const terminal = emulator();
        const screen = new Screen(terminal);
        screen.open();
        for (const rows of drawn) screen.draw(rows.join("\n"));
        const last = drawn.at(-1)!.slice(0, 5);
        const expected = Array.from({ length: 5 }, (_, at) => (last[at] ?? "").trimEnd());
        const shown = (await terminal.text()).map((row) => row.trimEnd());
        expect(shown).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  test("an unchanged frame sends nothing, a changed row sends that row alone", () => {
    const terminal = emulator();
    const screen = new Screen(terminal);
    screen.open();
    screen.draw("one\ntwo\nthree");
    const before = terminal.sent;
    screen.draw("one\ntwo\nthree");
    expect(terminal.sent).toBe(before);
    screen.draw("one\n2\nthree");
    expect(terminal.sent - before).toBeLessThan(50);
  });

  test("closing gives the terminal back with what stood on it", async () => {
    const terminal = emulator();
    terminal.write("$ ksim replay");
    const screen = new Screen(terminal);
    screen.open();
    screen.draw("a\nb\nc\nd\ne");
    screen.close();
    expect((await terminal.text())[0]).toBe("$ ksim replay");
    expect(terminal.terminal.buffer.active.type).toBe("normal");
  });
});
