import { SECOND } from "../sim/engine/time.ts";
import { clockText } from "../sim/history/clock-text.ts";
import type { RunResult } from "../sim/scenario/run/run-result.ts";
import { shortNumber, withUnit } from "./numbers.ts";
import { page, table } from "./page.ts";
import { ganttPanel, highestCount, nodePanel, stateColour } from "./plot/run-plots.ts";
import { escaped, picture } from "./plot/svg.ts";
import { POD_STATES, type PodLife, podLives } from "./pod-lives.ts";
import type { FinishedRun } from "./run-facts.ts";
import { type StoryLine, storyOf } from "./story.ts";

const WIDTH = 1100;
const NODE_WIDTH = 380;
/** Pods and nodes that a page can show before it is too long to be read. */
const MOST_PODS = 300;
const MOST_NODES = 60;

/** The report of a run: verdicts, story, what every node had, and the lives of the pods. */
export function runHtml(run: FinishedRun, result: RunResult): string {
  const lives = podLives(run.entries, run.end);
  const parts = [
    `<h1>${escaped(run.title)}</h1>`,
    run.description === undefined ? "" : `<p>${escaped(run.description)}</p>`,
    `<p class="dim small">${escaped(result.scenario)}, seed <code>${escaped(result.seed)}</code>, scheduler ${escaped(result.scheduler)}, ksim ${result.version}. ${clockText(run.end)} simulated, ${result.writes} writes, ${result.podsBound} pods bound. Digest <code>${result.digest.slice(0, 16)}</code>.</p>`,
    verdicts(result),
    `<h2>What happened</h2>\n${story(storyOf(run))}`,
    `<h2>Pods of each node</h2>\n${key(lives)}\n<div class="plots">${nodePlots(run, lives)}</div>`,
    `<h2>Lives of the pods</h2>\n${key(lives)}\n${gantt(run, lives)}`,
  ];
  return page(run.title, parts.filter((part) => part !== "").join("\n"));
}

function verdicts({ expectations, measures, violations }: RunResult): string {
  const mark = (passed: boolean): string =>
    passed ? '<span class="good">✓</span>' : '<span class="bad">✗</span>';
  const rows = [
    ...expectations.map(({ name, passed, at, message }) => [
      `${mark(passed)} ${escaped(name)}`,
      clockText(Math.round(at * SECOND)),
      escaped(message),
    ]),
    ...measures.map(({ name, value, unit, threshold, passed }) => [
      `${mark(passed)} ${escaped(name)}`,
      unit === "seconds" || unit === "share" || unit === "count"
        ? withUnit(value, unit)
        : `${shortNumber(value)} ${escaped(unit)}`,
      threshold === null ? "" : escaped(threshold),
    ]),
    ...violations.map((text) => [`${mark(false)} ${escaped(text)}`, "", ""]),
  ];
  return rows.length === 0
    ? ""
    : `<h2>Verdicts</h2>\n${table(["", "", ""], rows).replace("<tr><th></th><th></th><th></th></tr>", "")}`;
}

const CLASSES: Readonly<Record<StoryLine["kind"], string>> = {
  say: "say",
  step: "step",
  note: "dim",
  fault: "faulty",
  good: "good",
  bad: "bad",
};

/** Lines that a page can show before it is too long to be read. */
const MOST_LINES = 400;

function story(lines: readonly StoryLine[]): string {
  const items = lines.slice(0, MOST_LINES).map(({ time, kind, text }) => {
    const words = kind === "step" ? `<code>${escaped(text)}</code>` : escaped(text);
    return `<li><time>${clockText(time)}</time><span class="${CLASSES[kind]}">${kind === "fault" ? "⚡ " : ""}${words}</span></li>`;
  });
  const more =
    lines.length > MOST_LINES
      ? `\n<p class="dim">and ${lines.length - MOST_LINES} more lines</p>`
      : "";
  return `<ol class="story">\n${items.join("\n")}\n</ol>${more}`;
}

function key(lives: readonly PodLife[]): string {
  const used = new Set(lives.flatMap(({ spans }) => spans.map(({ state }) => state)));
  return `<p class="small">${POD_STATES.filter(([state]) => used.has(state))
    .map(
      ([state, meaning]) =>
        `<span class="key"><i style="background:${stateColour(state)}"></i>${meaning}</span>`,
    )
    .join("")}</p>`;
}

function nodePlots(run: FinishedRun, lives: readonly PodLife[]): string {
  const nodes = nodesOf(run);
  const homeless = lives.some(({ spans }) =>
    spans.some(({ state, from, to }) => state === "pending" && to - from > run.end / 500),
  );
  const shown = [...nodes.slice(0, MOST_NODES), ...(homeless ? [""] : [])];
  const highest = highestCount(lives, shown, run.end);
  const plots = shown.map((node) => {
    const { markup, height } = nodePanel(
      run,
      node === "" ? pendingOnly(lives) : lives,
      node,
      highest,
      NODE_WIDTH,
    );
    const name = node === "" ? "on no node" : node;
    return `<figure style="margin:0"><h3>${escaped(name)}</h3>${picture(NODE_WIDTH, height, `Pods of ${name}`, [markup])}</figure>`;
  });
  const more =
    nodes.length > MOST_NODES
      ? `<p class="dim">and ${nodes.length - MOST_NODES} more nodes</p>`
      : "";
  return plots.join("\n") + more;
}

/** Every pod waited somewhere before it had its node. */
function pendingOnly(lives: readonly PodLife[]): readonly PodLife[] {
  return lives.map((life) => ({
    ...life,
    node: "",
    spans: life.spans.filter(({ state }) => state === "pending"),
  }));
}

function nodesOf({ entries }: FinishedRun): readonly string[] {
  const names = new Set<string>();
  for (const entry of entries)
    if (entry.kind === "change" && entry.collection === "Node") names.add(entry.key);
  const number = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);
  return [...names].sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1));
}

function gantt(run: FinishedRun, lives: readonly PodLife[]): string {
  const { markup, height } = ganttPanel(run, lives, 190, WIDTH, MOST_PODS);
  const more =
    lives.length > MOST_PODS
      ? `<p class="dim small">The first ${MOST_PODS} of ${lives.length} pods.</p>`
      : "";
  return `${more}<div class="scroll">${picture(WIDTH, height, "Lives of the pods", [markup])}</div>`;
}
