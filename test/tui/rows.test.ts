import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import type { Frame, Mark, PodRow } from "../../sim/history/frame.ts";
import type { Player } from "../../sim/history/session.ts";
import { painter } from "../../tui/paint.ts";
import { pickedSubject } from "../../tui/panels.ts";
import { rowsOf, type Scene } from "../../tui/rows.ts";
import { freshView, react, withinRows } from "../../tui/view-state.ts";

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
  workloads: [
    {
      kind: "Deployment",
      key: "default/web",
      there: 1,
      wanted: 3,
      trouble: "ProgressDeadlineExceeded",
    },
    { kind: "Job", key: "shop/sum", there: 2, wanted: 2, trouble: "" },
  ],
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
      seq: 7,
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

  test("line breaks and escape sequences in users' texts break no row and paint nothing", () => {
    const wild = "a\nb\r\nc\td\u001b[31me\u001b[2J";
    const lines = [{ seq: 1, time: 0, text: wild, tone: "plain" as const }];
    for (const page of [undefined, { lines: [wild], from: 0 }]) {
      const shown = rowsOf(
        scene(120, 30, {
          title: wild,
          frame: { ...frame, lines, narration: wild, activeFaults: [wild] },
          view: { ...freshView, page },
        }),
        painter(false),
      );
      expect(shown).toHaveLength(30);
      for (const row of shown) {
        expect(row).not.toMatch(/\p{Cc}/u);
        expect(stringWidth(row)).toBe(120);
      }
      expect(shown.join("\n")).toContain("a b c d [31me [2J");
    }
  });

  test("placement, phase, readiness, faults, marks and verdicts are all there", () => {
    const text = rowsOf(scene(160, 20), painter(false)).join("\n");
    for (const part of [
      "00:30.0 / 01:00.0",
      "deployment/web 1/3 ready ProgressDeadlineExceeded",
      "job/shop/sum 2/2 complete",
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

  test("the keys that lead on are in sight at 80 columns", () => {
    const footer = rowsOf(scene(80, 24), painter(false)).at(-1);
    for (const key of ["enter why", "/ filter", "? help"]) expect(footer).toContain(key);
  });

  test("of many workloads those that are not whole are in sight", () => {
    const whole = Array.from({ length: 50 }, (_, at) => ({
      kind: "Deployment" as const,
      key: `default/w${at}`,
      there: 1,
      wanted: 1,
      trouble: "",
    }));
    const [broken] = frame.workloads;
    const many = { ...frame, workloads: [...(broken === undefined ? [] : [broken]), ...whole] };
    const text = rowsOf(scene(160, 30, { frame: many }), painter(false)).join("\n");
    expect(text).toContain("deployment/web 1/3 ready");
    expect(text).toContain("… and 45 more workloads");
    expect(text).toContain("node-1 Ready");
  });

  test("pods without a node stand before all nodes", () => {
    const text = rowsOf(scene(160, 20), painter(false)).join("\n");
    expect(text.indexOf("on no node")).toBeLessThan(text.indexOf("node-1"));
  });

  test("a filter leaves the rows that hold it, pods with their node", () => {
    const shown = (filter: string) =>
      rowsOf(scene(160, 20, { view: { ...freshView, filter } }), painter(false)).join("\n");
    expect(shown("WEB-2")).toContain("CrashLoopBackOff");
    expect(shown("WEB-2")).toContain("node-1 Ready");
    expect(shown("WEB-2")).not.toMatch(/web-1|web-3|node-2 Unknown|step deploy/);
    expect(shown("node-1")).toContain("web-1");
    expect(shown("")).toContain("step deploy");
  });

  test("the picked row is marked and in sight, whatever the size, and says what it is about", () => {
    const many = { ...frame, pods: Array.from({ length: 500 }, (_, at) => pod(at)) };
    for (const nodesAt of [0, 7, 250, 501]) {
      const view = { ...freshView, nodesAt };
      const shown = rowsOf(scene(80, 12, { frame: many, view }), painter(false));
      const marked = shown.filter((row) => row.startsWith("›"));
      expect(marked).toHaveLength(1);
      const subject = pickedSubject(many, view);
      expect(marked[0]).toContain((subject as { key: string }).key.replace("default/", ""));
    }
    const events = { ...freshView, panel: "events" as const, eventsBack: 0 };
    expect(pickedSubject(frame, events)).toEqual({ kind: "entry", seq: 7 });
    expect(pickedSubject(frame, freshView)).toBeUndefined();
  });

  test("a page stands over the panels, its long lines on several rows", () => {
    const page = { lines: ["first", "word ".repeat(30).trim(), "last"], from: 1 };
    const shown = rowsOf(scene(60, 12, { view: { ...freshView, page } }), painter(false));
    expect(shown.join("\n")).not.toContain("first");
    expect(shown.filter((row) => row.includes("word"))).toHaveLength(3);
    for (const row of shown) expect(stringWidth(row)).toBe(60);
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

  test("/ asks for a text, enter takes it, escape forgets it and what was picked", () => {
    let view = press("/").view;
    for (const input of "web") view = react(view, { input }, player).view;
    expect(view.filter).toBe("");
    view = react(view, { input: "", name: "return" }, player).view;
    expect(view.filter).toBe("web");
    view = react(view, { input: "", name: "down" }, player).view;
    expect(view.nodesAt).toBe(0);
    const clear = react(view, { input: "", name: "escape" }, player).view;
    expect([clear.filter, clear.nodesAt]).toEqual(["", undefined]);
  });

  test("arrows pick rows that there are", () => {
    const picked = (at: number) => withinRows({ ...freshView, nodesAt: at, eventsBack: at }, 4, 2);
    expect([picked(1).nodesAt, picked(1).eventsBack]).toEqual([1, 1]);
    expect([picked(9).nodesAt, picked(9).eventsBack]).toEqual([3, 1]);
    expect(withinRows({ ...freshView, nodesAt: 3 }, 0, 0).nodesAt).toBeUndefined();
  });

  test("enter asks why; a page scrolls, and any other key closes it", () => {
    expect(react({ ...freshView, nodesAt: 1 }, { input: "", name: "return" }, player).explain).toBe(
      true,
    );
    const page = { ...freshView, page: { lines: ["a", "b"], from: 0 } };
    expect(react(page, { input: "", name: "pagedown" }, player).view.page?.from).toBe(1);
    expect(react(page, { input: "x" }, player).view.page).toBeUndefined();
    expect(react(page, { input: "q" }, player).quit).toBe(true);
  });

  test("q leaves, also from the help page; any other key closes help", () => {
    expect(press("q").quit).toBe(true);
    const help = press("?").view;
    expect(help.help).toBe(true);
    expect(react(help, { input: "q" }, player).quit).toBe(true);
    expect(react(help, { input: "x" }, player).view.help).toBe(false);
  });
});
