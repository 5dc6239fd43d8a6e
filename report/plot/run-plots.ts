import type { Micros } from "../../sim/engine/time.ts";
import { clockText } from "../../sim/history/clock-text.ts";
import { POD_STATES, type PodLife, type PodState } from "../pod-lives.ts";
import { type FinishedRun, faultSpans, stepTimes } from "../run-facts.ts";
import { leftAxis, timeAxis } from "./axis.ts";
import { linear, type Scale } from "./scale.ts";
import { bar, element, escaped, label, short } from "./svg.ts";

/** A part of a picture with the height that it takes. */
export interface Panel {
  readonly markup: string;
  readonly height: number;
}

const AXIS = 22;

/** Colour of a state, by the palette of the page. */
export function stateColour(state: PodState): string {
  return `var(--${state === "failing" ? "failed" : state})`;
}

/** Faults as bands and steps as dashes over the height of a plot. */
export function marks(run: FinishedRun, x: Scale, top: number, bottom: number): string {
  const faults = faultSpans(run).map(({ name, from, to }) => {
    const tip = `${name}, ${clockText(from)}${to > from ? ` – ${clockText(to)}` : ""}`;
    const band = bar(
      {
        x: x(from),
        y: top,
        width: Math.max(2, x(to) - x(from)),
        height: bottom - top,
        class: "fault",
      },
      tip,
    );
    return (
      band +
      element("line", {
        x1: x(from),
        x2: x(from),
        y1: top,
        y2: bottom,
        class: "mark",
        "stroke-width": 1.5,
      })
    );
  });
  const steps = stepTimes(run).map(({ time, name }) =>
    element(
      "path",
      { d: `M${short(x(time))} ${short(top)}v-6`, class: "step", "stroke-width": 2 },
      element("title", {}, escaped(name)),
    ),
  );
  return faults.join("") + steps.join("");
}

/** A bar a pod, in the colours of its states. `most`: so many pods at most. */
export function ganttPanel(
  run: FinishedRun,
  lives: readonly PodLife[],
  left: number,
  width: number,
  most: number,
): Panel {
  const shown = lives.slice(0, most);
  const row = shown.length > 60 ? 11 : 17;
  const bottom = 12 + shown.length * row;
  const x = linear([0, run.end], [left, width - 14]);
  const bars = shown.map((life, at) => {
    const y = 12 + at * row;
    const name = life.key.replace(/^default\//, "");
    const text =
      row > 12
        ? label(left - 8, y + row - 5, cut(name, left), { "text-anchor": "end", class: "tick" })
        : "";
    return text + life.spans.map((span) => spanBar(span, life, x, y, row)).join("");
  });
  const markup = timeAxis(x, 12, bottom, run.end, 6) + marks(run, x, 12, bottom) + bars.join("");
  return { markup, height: bottom + AXIS };
}

function cut(name: string, left: number): string {
  const most = Math.floor((left - 12) / 6.2);
  return name.length > most ? `…${name.slice(name.length - most + 1)}` : name;
}

function spanBar(
  span: PodLife["spans"][number],
  life: PodLife,
  x: Scale,
  y: number,
  row: number,
): string {
  const { state, from, to } = span;
  const thin = state === "done";
  const meaning = POD_STATES.find(([name]) => name === state)?.[1] ?? state;
  return bar(
    {
      x: x(from),
      y: thin ? y + row / 2 - 2 : y + 1,
      width: Math.max(0.8, x(to) - x(from)),
      height: thin ? 3 : row - 4,
      fill: stateColour(state),
    },
    `${life.key}${life.node === "" ? "" : ` on ${life.node}`}: ${meaning}, ${clockText(from)} – ${clockText(to)}`,
  );
}

const STACKED: readonly PodState[] = ["ready", "running", "starting", "failing", "stopping"];

/** How many pods a node has in which state, over time: stacked steps. An empty name is for pods on no node. */
export function nodePanel(
  run: FinishedRun,
  lives: readonly PodLife[],
  node: string,
  highest: number,
  width: number,
): Panel {
  const left = 34;
  const bottom = 92;
  const x = linear([0, run.end], [left, width - 10]);
  const y = linear([0, Math.max(1, highest)], [bottom, 14]);
  const own = lives.filter((life) => life.node === node);
  const states: readonly PodState[] = node === "" ? ["pending", "stopping", "failed"] : STACKED;
  const layers = stacks(own, states, run.end);
  const areas = layers
    .map((steps, at) => area(steps, x, y, stateColour(states[at] as PodState)))
    .reverse();
  const markup =
    leftAxis(y, left, width - 10, Math.min(3, Math.max(1, highest)), wholeText) +
    timeAxis(x, 14, bottom, run.end, 4) +
    marks(run, x, 14, bottom) +
    areas.join("");
  return { markup, height: bottom + AXIS };
}

function wholeText(value: number): string {
  return Number.isInteger(value) ? String(value) : "";
}

/** Steps of a level: from each time on, so many. */
type Steps = readonly (readonly [time: Micros, count: number])[];

/** For every state the steps of its count and of all states before it. */
function stacks(
  lives: readonly PodLife[],
  states: readonly PodState[],
  end: Micros,
): readonly Steps[] {
  const moves: (readonly [time: Micros, layer: number, by: number])[] = [];
  for (const { spans } of lives)
    for (const { state, from, to } of spans) {
      const layer = states.indexOf(state);
      if (layer < 0) continue;
      moves.push([from, layer, 1]);
      if (to < end) moves.push([to, layer, -1]);
    }
  moves.sort(([a], [b]) => a - b);
  const counts = states.map(() => 0);
  const steps: [Micros, number][][] = states.map(() => [[0, 0]]);
  moves.forEach(([time, layer, by], at) => {
    counts[layer] = (counts[layer] ?? 0) + by;
    if (moves[at + 1]?.[0] === time) return;
    let sum = 0;
    counts.forEach((count, above) => {
      sum += count;
      const own = steps[above] as [Micros, number][];
      if (own.at(-1)?.[1] !== sum) own.push([time, sum]);
    });
  });
  for (const own of steps) own.push([end, own.at(-1)?.[1] ?? 0]);
  return steps;
}

function area(steps: Steps, x: Scale, y: Scale, fill: string): string {
  if (steps.every(([, count]) => count === 0)) return "";
  let path = `M${short(x(0))} ${short(y(0))}`;
  for (const [time, count] of steps) path += `H${short(x(time))}V${short(y(count))}`;
  return element("path", { d: `${path}V${short(y(0))}Z`, fill });
}

/** Most pods that a node had at once. */
export function highestCount(
  lives: readonly PodLife[],
  nodes: readonly string[],
  end: Micros,
): number {
  const states: readonly PodState[] = ["pending", ...STACKED];
  return Math.max(
    1,
    ...nodes.map((node) => {
      const layers = stacks(
        lives.filter((life) => life.node === node),
        states,
        end,
      );
      return Math.max(0, ...(layers.at(-1) ?? []).map(([, count]) => count));
    }),
  );
}
