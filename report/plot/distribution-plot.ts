import { withUnit } from "../numbers.ts";
import { bottomAxis, bottomTitle, leftAxis } from "./axis.ts";
import { groupColour } from "./colours.ts";
import { linear } from "./scale.ts";
import { element, label, picture, short } from "./svg.ts";

/** A line of a distribution: its quantiles 0, 1 … 100 %. */
export interface Curve {
  readonly group: string;
  readonly quantiles: readonly number[];
}

const WIDTH = 560;
const HEIGHT = 260;
const LEFT = 62;
/** Where the plot ends and the axis begins. */
const BOTTOM = HEIGHT - 44;

/** Share of values at or below a value, a step line a group. The last per cent is cut: a single straggler would flatten the rest. */
export function distributionPlot(
  title: string,
  unit: string,
  axes: { readonly x: string; readonly y: string },
  curves: readonly Curve[],
): string {
  const last = Math.max(0, ...curves.map(({ quantiles }) => quantiles[99] ?? 0));
  const x = linear([0, last === 0 ? 1 : last], [LEFT, WIDTH - 14]);
  const y = linear([0, 1], [BOTTOM, 12]);
  const lines = curves.map(({ quantiles }, at) => {
    const points = quantiles
      .slice(0, 100)
      .map((value, percent) => `${short(x(value))} ${short(y(percent / 100))}`);
    return element("path", {
      d: `M${points.join("L")}`,
      fill: "none",
      stroke: groupColour(at),
      "stroke-width": 2,
      "stroke-linejoin": "round",
    });
  });
  return picture(WIDTH, HEIGHT + 22 * Math.ceil(curves.length / 3), title, [
    bottomAxis(x, 12, BOTTOM, 6, (value) => withUnit(value, unit)),
    leftAxis(y, LEFT, WIDTH - 14, 4, (value) => `${Math.round(value * 100)} %`),
    bottomTitle(LEFT, WIDTH - 14, BOTTOM, axes.x),
    label(0, 0, axes.y, {
      transform: `translate(12 ${(12 + BOTTOM) / 2}) rotate(-90)`,
      "text-anchor": "middle",
      class: "tick",
    }),
    ...lines,
    ...curves.map(({ group }, at) => legend(group, at)),
  ]);
}

function legend(group: string, at: number): string {
  const [x, y] = [LEFT + (at % 3) * 172, HEIGHT + 8 + Math.floor(at / 3) * 22];
  return (
    element("line", {
      x1: x,
      x2: x + 18,
      y1: y - 4,
      y2: y - 4,
      stroke: groupColour(at),
      "stroke-width": 3,
    }) + label(x + 24, y, group.length > 21 ? `${group.slice(0, 20)}…` : group)
  );
}
