const known: number[] = [];

/**
 * Natural logarithm of a positive integer from basic arithmetic alone, so that every JavaScript engine gets the
 * same bits: ln(m·2^e) = e·ln 2 + 2·artanh((m − 1)/(m + 1)).
 */
export function naturalLog(n: number): number {
  const before = known[n];
  if (before !== undefined) return before;
  let mantissa = n;
  let exponent = 0;
  while (mantissa > 1.5) {
    mantissa /= 2;
    exponent++;
  }
  const x = (mantissa - 1) / (mantissa + 1);
  const square = x * x;
  let power = x;
  let sum = 0;
  for (let odd = 1; odd < 60; odd += 2) {
    sum += power / odd;
    power *= square;
  }
  const result = exponent * Math.LN2 + 2 * sum;
  if (n < 65_536) known[n] = result;
  return result;
}
