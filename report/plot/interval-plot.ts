import { bottomAxis, bottomTitle } from "./axis.ts";
import { airy, extent, linear } from "./scale.ts";
import { element, label, picture } from "./svg.ts";

/** A difference relative to the baseline, with its interval. */
export interface IntervalRow {
  readonly name: string;
  readonly colour: string;
  readonly middle: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly tip: string;
}

const WIDTH = 560;
const ROW = 24;
const TOP = 8;

/** Differences as dots with their intervals as lines, and a line at no difference. */
export function intervalPlot(title: string, axis: string, rows: readonly IntervalRow[]): string {
  const left = Math.min(300, Math.max(80, ...rows.map(({ name }) => name.length * 6.6 + 14)));
  const bottom = TOP + rows.length * ROW;
  const values = rows.flatMap(({ middle, low, high }) => [middle, low ?? middle, high ?? middle]);
  const [from, to] = airy(extent([...values, 0]));
  // Where an interval is wider than anybody can use, the dots still must be told apart.
  const x = linear([Math.max(from, -3), Math.min(to, 5)], [left, WIDTH - 20]);
  const clamp = (value: number): number => Math.max(left, Math.min(WIDTH - 20, x(value)));
  const zero = x(0);
  const lines = rows.map(({ name, colour, middle, low, high, tip }, at) => {
    const y = TOP + at * ROW + ROW / 2;
    const certain = low !== undefined && high !== undefined && (low > 0 || high < 0);
    const interval =
      low === undefined || high === undefined
        ? ""
        : element("line", {
            x1: clamp(low),
            x2: clamp(high),
            y1: y,
            y2: y,
            stroke: colour,
            "stroke-width": 3,
            "stroke-opacity": certain ? 0.75 : 0.35,
            "stroke-linecap": "round",
          });
    const dot = element(
      "circle",
      {
        cx: clamp(middle),
        cy: y,
        r: 4.5,
        fill: certain ? colour : "var(--paper)",
        stroke: colour,
        "stroke-width": 2,
      },
      element("title", {}, tip),
    );
    return label(left - 10, y + 4, name, { "text-anchor": "end" }) + interval + dot;
  });
  return picture(WIDTH, bottom + 40, title, [
    bottomAxis(x, TOP, bottom, 6, (value) => `${value > 0 ? "+" : ""}${Math.round(value * 100)} %`),
    bottomTitle(left, WIDTH - 20, bottom, axis),
    element("line", { x1: zero, x2: zero, y1: TOP, y2: bottom, class: "zero" }),
    ...lines,
  ]);
}
