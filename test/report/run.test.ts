import { describe, expect, test } from "vitest";
import { castText } from "../../cli/trace/cast.ts";
import { openMetricsText } from "../../report/open-metrics.ts";
import { perfettoText } from "../../report/perfetto.ts";
import { podLives } from "../../report/pod-lives.ts";
import { runCsv } from "../../report/run-csv.ts";
import { faultSpans } from "../../report/run-facts.ts";
import { runHtml } from "../../report/run-html.ts";
import { runSvg } from "../../report/run-svg.ts";
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
