import { ascending, mean, quantile } from "../../sim/experiment/statistics.ts";
import { withUnit } from "../numbers.ts";
import { bottomAxis, bottomTitle } from "./axis.ts";
import { groupColour } from "./colours.ts";
import { type Columns, indexBy } from "./columns.ts";
import { airy, extent, linear, type Scale } from "./scale.ts";
import { element, label, picture, short } from "./svg.ts";

/** One run: which strip it belongs to, its value, and what to say of it. */
export interface StripRow {
  readonly group: string;
  readonly value: number;
  readonly tip: string;
}

const WIDTH = 460;
const ROW = 34;
const TOP = 8;
const LETTER = 6.6;

/**
 * A strip a group: a dot for every run, a box from the first to the third quartile, the median in it, and the mean as
 * a diamond. `groups` gives order and colours, also of those without a value.
 */
export function stripPlot(
  title: string,
  unit: string,
  axis: string,
  groups: readonly string[],
  columns: Columns<StripRow>,
): string {
  const left = Math.min(180, Math.max(60, ...groups.map((group) => group.length * LETTER + 14)));
  const bottom = TOP + groups.length * ROW;
  const x = linear(airy(extent(columns.value)), [left, WIDTH - 16]);
  const index = indexBy(columns.group);
  const parts = [bottomAxis(x, TOP, bottom, 5, (value) => withUnit(value, unit))];
  parts.push(bottomTitle(left, WIDTH - 16, bottom, axis));
  groups.forEach((group, at) => {
    const y = TOP + at * ROW + ROW / 2;
    parts.push(label(left - 8, y + 4, shortened(group), { "text-anchor": "end" }));
    parts.push(strip(columns, index.get(group) ?? [], x, y, groupColour(at), unit));
  });
  return picture(WIDTH, bottom + 40, title, parts);
}

function shortened(text: string): string {
  return text.length > 25 ? `${text.slice(0, 24)}…` : text;
}

function strip(
  columns: Columns<StripRow>,
  index: readonly number[],
  x: Scale,
  y: number,
  colour: string,
  unit: string,
): string {
  const values = index.map((at) => columns.value[at] as number);
  if (values.length === 0) return "";
  const sorted = ascending(values);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => x(quantile(sorted, share))) as [
    number,
    number,
    number,
  ];
  const box = element("rect", {
    x: low,
    y: y - 9,
    width: Math.max(1, high - low),
    height: 18,
    rx: 2,
    fill: colour,
    "fill-opacity": 0.18,
    stroke: colour,
    "stroke-opacity": 0.6,
  });
  const median = element("line", {
    x1: middle,
    x2: middle,
    y1: y - 9,
    y2: y + 9,
    stroke: colour,
    "stroke-width": 2,
  });
  // Runs of nearly one value are moved apart up and down, always alike.
  const dots = index.map((at, nth) =>
    element(
      "circle",
      {
        cx: x(columns.value[at] as number),
        cy: y + (((nth * 7) % 5) - 2) * 2.4,
        r: 2.6,
        fill: colour,
        "fill-opacity": 0.75,
      },
      element("title", {}, `${columns.tip[at]}`),
    ),
  );
  const average = mean(values);
  const at = x(average);
  const diamond = element(
    "path",
    { d: `M${short(at)} ${y - 5}l5 5l-5 5l-5 -5z`, class: "mean" },
    element("title", {}, `mean ${withUnit(average, unit)}`),
  );
  return box + median + dots.join("") + diamond;
}
