import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import xterm from "@xterm/headless";
import { afterEach, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** The built program on an emulated terminal of 80 × 24. */
function open(...args: readonly string[]) {
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  const env: NodeJS.ProcessEnv = { ...process.env, FORCE_COLOR: "1" };
  delete env["CI"];
  const child = spawn(
    process.execPath,
    ["--import", join(import.meta.dirname, "as-terminal.mjs"), join(root, "bin/ksim.mjs"), ...args],
    { cwd: root, stdio: ["pipe", "pipe", "pipe"], env },
  );
  started.push(child);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  child.stdout.on("data", (bytes: Buffer) => terminal.write(bytes));
  const text = (): string => {
    const { active } = terminal.buffer;
    return Array.from(
      { length: 24 },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "",
    ).join("\n");
  };
  return {
    terminal,
    text,
    child,
    press: (keys: string): void => void child.stdin.write(keys),
    shows: (what: string | RegExp) =>
      expect.poll(text, { timeout: 50_000, interval: 30 }).toMatch(what),
    ended: async (): Promise<number | null> => {
      const code = await ended;
      await new Promise<void>((done) => terminal.write("", done));
      return code;
    },
  };
}

describe("ksim replay on a terminal", () => {
  it("picks a row, tells why it is as it is, and filters", async () => {
    const replay = open("replay", "crash-loop");
    await replay.shows("00:00.0 / 12:00.0");
    replay.press("$");
    await replay.shows("12:00.0 / 12:00.0");
    replay.press("w");
    await replay.shows("pick a row with ↑ and ↓ first");
    replay.press("jj");
    await replay.shows(/^› {1,2}[●○] broken/m);
    replay.press("\r");
    await replay.shows("Why pod broken is as it is at 12:00.0");
    await replay.shows("scenario: step start");
    replay.press("x/node-1\r");
    await replay.shows("Workloads, nodes and pods /node-1");
    replay.press("q");
    expect(await replay.ended()).toBe(0);
  }, 60_000);

  it("opens, steps forward and back, goes to a time, and leaves the terminal as it was", async () => {
    const replay = open("replay", "tour");
    await replay.shows("00:00.0 / 08:00.0");
    expect(replay.terminal.buffer.active.type).toBe("alternate");
    replay.press("f");
    await replay.shows("01:00.0 / 08:00.0");
    replay.press("h");
    await replay.shows("00:35.0 / 08:00.0");
    replay.press("l");
    await replay.shows("01:00.0 / 08:00.0");
    replay.press("g");
    await replay.shows("go to");
    replay.press("90s\r");
    await replay.shows("01:30.0 / 08:00.0");
    // A pod that was killed at 1:00 is over; the crash lasts.
    expect(replay.text()).not.toContain("⚡ pod-kill");
    replay.press("?");
    await replay.shows("any key closes this page");
    replay.press("x");
    replay.press("q");
    expect(await replay.ended()).toBe(0);
    expect(replay.terminal.buffer.active.type).toBe("normal");
    expect(replay.text().trim()).toBe("");
  }, 120_000);

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "leaves a clean terminal when it is ended by %s",
    async (signal, code) => {
      const replay = open("replay", "first-deployment");
      await replay.shows("00:00.0 / ");
      replay.child.kill(signal);
      expect(await replay.ended()).toBe(code);
      expect(replay.terminal.buffer.active.type).toBe("normal");
    },
    120_000,
  );

  it("leaves by Ctrl-C with 130, and the terminal is clean", async () => {
    const replay = open("replay", "first-deployment");
    await replay.shows("00:00.0 / ");
    replay.press("\u0003");
    expect(await replay.ended()).toBe(130);
    expect(replay.terminal.buffer.active.type).toBe("normal");
    expect(replay.text().trim()).toBe("");
  }, 120_000);
});
