/**
 * Arc tangent by halving the angle and the series behind it: multiplication, division and square roots alone, which
 * every JavaScript engine rounds alike (`Math.atan` does not promise that).
 */
function arcTangent(value: number): number {
  let small = value;
  let scale = 1;
  while (small > 0.1) {
    small = small / (1 + Math.sqrt(1 + small * small));
    scale *= 2;
  }
  const square = small * small;
  let term = small;
  let sum = 0;
  for (let odd = 1; odd < 30; odd += 2) {
    sum += term / odd;
    term *= -square;
  }
  return scale * sum;
}

/**
 * Probability that a variable of Student's t distribution lies within ±t (Abramowitz and Stegun, Handbook of
 * Mathematical Functions, 26.7.3 and 26.7.4).
 */
export function studentProbability(t: number, freedom: number): number {
  const root = Math.sqrt(freedom);
  const angle = arcTangent(t / root);
  const sine = t / Math.sqrt(freedom + t * t);
  const cosine = root / Math.sqrt(freedom + t * t);
  const square = cosine * cosine;
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let at = odd ? 3 : 2; at <= freedom - 2; at += 2) {
    term *= (square * (at - 1)) / at;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/** Above this the normal distribution's neighbourhood is reached and more terms change nothing that is printed. */
const MOST_FREEDOM = 10_000;

/**
 * The t that a variable of Student's t distribution exceeds on neither side with the given probability (two-sided).
 * `confidence` in (0, 1), `freedom` from 1.
 */
export function studentQuantile(confidence: number, freedom: number): number {
  const degrees = Math.min(freedom, MOST_FREEDOM);
  let high = 1;
  while (studentProbability(high, degrees) < confidence) high *= 2;
  let low = 0;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (studentProbability(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
  return high;
}
