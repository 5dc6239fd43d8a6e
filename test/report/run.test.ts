import { describe, expect, test } from "vitest";
import { castText } from "../../cli/trace/cast.ts";
import { openMetricsText } from "../../report/open-metrics.ts";
import { perfettoText } from "../../report/perfetto.ts";
import { podLives } from "../../report/pod-lives.ts";
import { runCsv } from "../../report/run-csv.ts";
import { faultSpans } from "../../report/run-facts.ts";
import { runHtml } from "../../report/run-html.ts";
import { runSvg } from "../../report/run-svg.ts";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { smallResult, smallRun } from "./small-run.ts";

/** `npx vitest run test/report -u` writes them anew. */
const golden = (name: string): string => `../golden/report/${name}`;

describe("a run", () => {
  test.each([
    ["run.html", () => runHtml(smallRun, smallResult)],
    ["run.svg", () => runSvg(smallRun)],
    ["run.csv", () => runCsv(smallRun)],
    ["run.perfetto.json", () => perfettoText(smallRun)],
    ["run.openmetrics", () => openMetricsText(smallRun)],
  ])("as %s is what it was", async (name, write) => {
    await expect(write()).toMatchFileSnapshot(golden(name));
  });

  test("as a cast shows every instant once and says at its end what failed", () => {
    const [head, ...frames] = castText(smallRun)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(head).toEqual({
      version: 2,
      width: 120,
      height: 34,
      title: "A small run",
      env: { TERM: "xterm-256color" },
    });
    const screen = frames.map((frame) => (frame as [number, string, string])[2]).join("");
    for (const text of ["A small run", "node-crash", "web-3", "✗ 1"])
      expect(screen).toContain(text);
  });

  test("tells the states of a pod one after the other", () => {
    const [, second] = podLives(smallRun.entries, smallRun.end);
    expect(second?.spans.map(({ state, from, to }) => [state, from / SECOND, to / SECOND])).toEqual(
      [
        ["pending", 1, 3],
        ["starting", 3, 6],
        ["running", 6, 9],
        ["ready", 9, 30],
        ["running", 30, 40],
        ["stopping", 40, 51],
      ],
    );
    expect([second?.node, second?.ended]).toEqual(["node-2", 51 * SECOND]);
  });

  test("has faults that overlap on threads of their own: spans of one thread must be nested", () => {
    const fault = (seconds: number, phase: "begin" | "end", target: string): JournalEntry =>
      ({
        seq: seconds,
        time: seconds * SECOND,
        actor: "faults",
        cause: 0,
        kind: "fault",
        phase,
        fault: { type: "node-crash", target },
      }) as unknown as JournalEntry;
    const entries = [
      fault(1, "begin", "a"),
      fault(2, "begin", "b"),
      fault(5, "end", "a"),
      fault(6, "begin", "c"),
      fault(7, "end", "c"),
      fault(8, "end", "b"),
    ];
    const { traceEvents } = JSON.parse(
      perfettoText({ title: "", description: undefined, entries, end: 9 * SECOND }),
    ) as { traceEvents: { cat?: string; name: string; tid: number; args?: { name?: string } }[] };
    const threads = traceEvents.filter(({ cat }) => cat === "fault").map(({ tid }) => tid);
    expect(threads).toEqual([threads[0], (threads[0] ?? 0) + 1, threads[0]]);
    const named = traceEvents.filter(({ args }) => args?.name === "faults").map(({ tid }) => tid);
    expect(named).toEqual([...new Set(threads)]);
  });

  test("counts what happens in its first instant", () => {
    const entry = (seq: number, bound: string): JournalEntry =>
      ({
        seq,
        time: 0,
        actor: "scheduler",
        cause: 0,
        kind: "change",
        collection: "Pod",
        key: "default/web",
        before: { metadata: { name: "web", uid: "1" }, spec: {} },
        after: { metadata: { name: "web", uid: "1" }, spec: { nodeName: bound } },
      }) as unknown as JournalEntry;
    const text = openMetricsText({ ...smallRun, entries: [entry(1, "node-1")] });
    expect(text).toContain("# TYPE ksim_pods_bound counter");
    expect(text.match(/^ksim_pods_bound_total.*$/gm)).toEqual(["ksim_pods_bound_total 1 0"]);
  });

  test("is well-formed whatever its title holds", () => {
    const title = `a <b> & "c" \u001b[31m \ud800 \u{1f600}`;
    const svg = runSvg({ ...smallRun, title });
    expect(svg).toContain("a &lt;b&gt; &amp; &quot;c&quot; \ufffd[31m \ufffd \u{1f600}");
  });

  test("faults of a name that overlap end each for itself", () => {
    const fault = (time: number, phase: string) =>
      ({ kind: "fault", time, phase, fault: { type: "node-crash", target: "node n" } }) as never;
    const entries = [fault(1, "begin"), fault(3, "begin"), fault(5, "end"), fault(9, "end")];
    expect(faultSpans({ ...smallRun, entries, end: 20 })).toEqual([
      { name: "node-crash node n", from: 1, to: 5 },
      { name: "node-crash node n", from: 3, to: 9 },
    ]);
  });

  test("knows when a fault was over", () => {
    expect(faultSpans(smallRun)).toEqual([
      { name: "node-crash node node-2", from: 20 * SECOND, to: 50 * SECOND },
    ]);
  });

  test("puts nobody's markup into a page", () => {
    expect(runHtml(smallRun, smallResult)).toContain("Two pods &amp; a &lt;fault&gt;.");
  });

  test("needs nothing from outside of its page", () => {
    for (const text of [runHtml(smallRun, smallResult), runSvg(smallRun)])
      expect(text.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
        /https?:|<script|@import|url\(/,
      );
  });
});
