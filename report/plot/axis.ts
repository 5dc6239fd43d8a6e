import type { Micros } from "../../sim/engine/time.ts";
import { type Scale, ticks, timeText, timeTicks } from "./scale.ts";
import { element, label } from "./svg.ts";

/** An axis below a plot, with lines up through it. `top` and `bottom`: where the plot is. */
export function bottomAxis(
  scale: Scale,
  top: number,
  bottom: number,
  count: number,
  text: (value: number) => string,
): string {
  const parts = ticks(scale.domain, count).map((value) => {
    const x = scale(value);
    return (
      element("line", { x1: x, x2: x, y1: top, y2: bottom, class: "grid" }) +
      label(x, bottom + 14, text(value), { "text-anchor": "middle", class: "tick" })
    );
  });
  return parts.join("");
}

/** What an axis below a plot measures. */
export function bottomTitle(left: number, right: number, bottom: number, text: string): string {
  return label((left + right) / 2, bottom + 31, text, { "text-anchor": "middle", class: "tick" });
}

/** An axis of virtual time below a plot. */
export function timeAxis(
  scale: Scale,
  top: number,
  bottom: number,
  end: Micros,
  count: number,
): string {
  return timeTicks(end, count)
    .map((time) => {
      const x = scale(time);
      // At the right border a text in the middle of its place would be cut.
      const anchor = time > end * 0.97 ? "end" : "middle";
      return (
        element("line", { x1: x, x2: x, y1: top, y2: bottom, class: "grid" }) +
        label(anchor === "end" ? x + 6 : x, bottom + 14, timeText(time), {
          "text-anchor": anchor,
          class: "tick",
        })
      );
    })
    .join("");
}

/** An axis at the left of a plot. */
export function leftAxis(
  scale: Scale,
  left: number,
  right: number,
  count: number,
  text: (value: number) => string,
): string {
  return ticks(scale.domain, count)
    .map((value) => {
      const y = scale(value);
      return (
        element("line", { x1: left, x2: right, y1: y, y2: y, class: "grid" }) +
        label(left - 6, y + 4, text(value), { "text-anchor": "end", class: "tick" })
      );
    })
    .join("");
}
