import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import type { Frame, Mark, PodRow } from "../../sim/history/frame.ts";
import type { Player } from "../../sim/history/session.ts";
import { painter } from "../../tui/paint.ts";
import { rowsOf, type Scene } from "../../tui/rows.ts";
import { freshView, react } from "../../tui/view-state.ts";

const player: Player = { time: 30 * SECOND, end: 60 * SECOND, playing: false, speed: 1 };

function pod(at: number, more: Partial<PodRow> = {}): PodRow {
  return {
    key: `default/web-${at}`,
    node: "node-1",
    status: "Running",
    ready: true,
    restarts: 0,
    owner: "ReplicaSet/web",
    ...more,
  };
}

const frame: Frame = {
  time: player.time,
  nodes: [
    {
      name: "node-1",
      ready: "True",
      cordoned: false,
      taints: [],
      cpu: [500, 4000],
      memory: [1, 4],
      pods: 2,
    },
    {
      name: "node-2",
      ready: "Unknown",
      cordoned: true,
      taints: ["node.kubernetes.io/unreachable:NoExecute"],
      cpu: [0, 4000],
      memory: [0, 4],
      pods: 0,
    },
  ],
  pods: [
    pod(1),
    pod(2, { ready: false, status: "CrashLoopBackOff", restarts: 3 }),
    pod(3, { node: "", ready: false, status: "Pending" }),
  ],
  lines: [
    {
      time: 0,
      text: "step deploy: 世界 wide text that is far too long for a narrow terminal and must be cut somewhere",
      tone: "step",
    },
  ],
  narration: "Now a node loses its power.",
  activeFaults: ["node-crash node-2"],
  expectations: [
    { name: "a", passed: true },
    { name: "b", passed: false },
  ],
};
const marks: Mark[] = [
  { time: 0, index: 0, kind: "step", text: "deploy" },
  { time: 30 * SECOND, index: 5, kind: "fault", text: "crash" },
  { time: 60 * SECOND, index: 9, kind: "fail", text: "b" },
];

function scene(columns: number, rows: number, more: Partial<Scene> = {}): Scene {
  return { title: "drain", frame, player, marks, view: freshView, columns, rows, ...more };
}

describe("rows of the replay", () => {
  test.each([
    [120, 30],
    [80, 24],
    [60, 12],
    [40, 8],
    [20, 5],
  ])("a terminal of %d x %d is filled exactly, with and without colours", (columns, rows) => {
    for (const colour of [false, true]) {
      const shown = rowsOf(scene(columns, rows), painter(colour));
      expect(shown).toHaveLength(rows);
      for (const row of shown) expect(stringWidth(row)).toBe(columns);
    }
  });

  test("placement, phase, readiness, faults, marks and verdicts are all there", () => {
    const text = rowsOf(scene(160, 20), painter(false)).join("\n");
    for (const part of [
      "00:30.0 / 01:00.0",
      "node-1 Ready 2 pods cpu 13%",
      "node-2 Unknown cordoned",
      "unreachable:NoExecute",
      "● web-1 Running",
      "○ web-2 CrashLoopBackOff ↻3",
      "on no node",
      "○ web-3 Pending",
      "⚡ node-crash node-2",
      "│ Now a node loses its power.",
      "✓ 1 ✗ 1",
    ]) {
      expect(text).toContain(part);
    }
    const [, axis = "", signs = ""] = text.split("\n");
    expect(axis.indexOf("●")).toBe(79);
    expect(signs[0]).toBe("·");
    expect(signs[79]).toBe("!");
    expect(signs[159]).toBe("✗");
  });

  test("without colours no escape sequence is written", () => {
    expect(rowsOf(scene(120, 20), painter(false)).join("")).not.toContain("\u001b");
  });
});

describe("keys of the replay", () => {
  const press = (input: string) => react(freshView, { input }, player);

  test.each([
    [" ", { type: "play" }],
    ["l", { type: "step", direction: 1 }],
    ["h", { type: "step", direction: -1 }],
    ["+", { type: "speed", factor: 2 }],
    ["-", { type: "speed", factor: 0.5 }],
    ["0", { type: "seek", time: 0 }],
    ["$", { type: "seek", time: 60 * SECOND }],
    ["f", { type: "next-mark", kinds: ["fail", "fault"], direction: 1 }],
  ])("%j sends %j", (input, command) => {
    expect(press(input).command).toEqual(command);
  });

  test("g asks for a time, takes it on enter, and says what is wrong with another text", () => {
    const typed = (text: string) => {
      let view = press("g").view;
      for (const input of text) view = react(view, { input }, player).view;
      return react(view, { input: "", name: "return" }, player);
    };
    expect(typed("1m5s").command).toEqual({ type: "seek", time: 65 * SECOND });
    expect(typed("20").command).toEqual({ type: "seek", time: 20 * SECOND });
    expect(typed("soon").command).toBeUndefined();
    expect(typed("soon").view.remark).toContain("not a time: soon");
  });

  test("q leaves, also from the help page; any other key closes help", () => {
    expect(press("q").quit).toBe(true);
    const help = press("?").view;
    expect(help.help).toBe(true);
    expect(react(help, { input: "q" }, player).quit).toBe(true);
    expect(react(help, { input: "x" }, player).view.help).toBe(false);
  });
});
