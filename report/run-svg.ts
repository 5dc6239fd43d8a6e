import { clockText } from "../sim/history/clock-text.ts";
import { PALETTE, PLOT_STYLE } from "./page.ts";
import { ganttPanel, stateColour } from "./plot/run-plots.ts";
import { element, label, picture } from "./plot/svg.ts";
import { POD_STATES, type PodLife, podLives } from "./pod-lives.ts";
import { type FinishedRun, faultSpans } from "./run-facts.ts";

const WIDTH = 960;
const LEFT = 200;
/** Pods of a picture that is still looked at as a whole. */
const MOST_PODS = 200;

/** The timeline of a run as one picture: the lives of its pods, faults, and what the colours mean. */
export function runSvg(run: FinishedRun): string {
  const lives = podLives(run.entries, run.end);
  const gantt = ganttPanel(run, lives, LEFT, WIDTH, MOST_PODS);
  const head = 64;
  const faults = faultSpans(run).map(({ name, from }, at) =>
    label(12, head + gantt.height + 20 + at * 17, `${clockText(from)}  ${name}`, { class: "tick" }),
  );
  const height = head + gantt.height + 12 + faults.length * 17;
  const parts = [
    element("rect", { x: 0, y: 0, width: WIDTH, height, fill: "var(--paper)" }),
    label(12, 24, run.title, { style: "font-size:16px;font-weight:600" }),
    key(lives),
    element("g", { transform: `translate(0 ${head - 8})` }, gantt.markup),
    ...faults,
  ];
  const more = lives.length > MOST_PODS ? ` (the first ${MOST_PODS} of ${lives.length} pods)` : "";
  return `${picture(WIDTH, height, `${run.title}${more}`, parts, `${PALETTE}${PLOT_STYLE}`)}\n`;
}

function key(lives: readonly PodLife[]): string {
  const used = new Set(lives.flatMap(({ spans }) => spans.map(({ state }) => state)));
  let x = 12;
  return POD_STATES.filter(([state]) => used.has(state))
    .map(([state, meaning]) => {
      const at = x;
      x += 26 + meaning.length * 6.8;
      return (
        element("rect", { x: at, y: 37, width: 11, height: 11, rx: 2, fill: stateColour(state) }) +
        label(at + 16, 47, meaning, { class: "tick" })
      );
    })
    .join("");
}
