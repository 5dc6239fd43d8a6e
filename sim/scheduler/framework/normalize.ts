import type { Normalize } from "./plugin.ts";
import { MAX_NODE_SCORE } from "./status.ts";

/** Scales so that the highest score becomes 100; all zero stays zero. */
export const scaleToMaximum: Normalize = (scores) => {
  let max = 0;
  for (const score of scores) if (score > max) max = score;
  if (max === 0) return;
  for (let at = 0; at < scores.length; at++)
    scores[at] = Math.trunc((MAX_NODE_SCORE * (scores[at] ?? 0)) / max);
};

/** Scales so that the highest score becomes 0 and zero becomes 100; all zero gives everyone 100. */
export const reverseToMaximum: Normalize = (scores) => {
  let max = 0;
  for (const score of scores) if (score > max) max = score;
  for (let at = 0; at < scores.length; at++)
    scores[at] =
      max === 0
        ? MAX_NODE_SCORE
        : MAX_NODE_SCORE - Math.trunc((MAX_NODE_SCORE * (scores[at] ?? 0)) / max);
};

/** Scales minimum..maximum to 0..100; all equal gives everyone 0. */
export const scaleToSpan: Normalize = (scores) => {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const score of scores) {
    if (score > max) max = score;
    if (score < min) min = score;
  }
  const span = max - min;
  for (let at = 0; at < scores.length; at++)
    scores[at] = span > 0 ? Math.trunc(MAX_NODE_SCORE * (((scores[at] ?? 0) - min) / span)) : 0;
};
