/** How many indexes a list like `0,2-4` names, or what is wrong with it. */
export function indexesIn(text: string, completions: number): number | string {
  if (text === "") return 0;
  let total = 0;
  let last: number | undefined;
  for (const part of text.split(",")) {
    const limits = part.split("-");
    if (limits.length > 2) {
      return `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    }
    for (const limit of limits) {
      if (!/^[+-]?\d+$/.test(limit)) {
        return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
      }
      if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
    }
    const from = Number(limits[0]);
    const to = limits.length === 1 ? from : Number(limits[1]);
    if (limits.length > 1 && from >= to) {
      return `non-increasing order, previous: ${from}, current: ${to}`;
    }
    if (last !== undefined && last >= from) {
      return `non-increasing order, previous: ${last}, current: ${from}`;
    }
    total += to - from + 1;
    last = to;
  }
  return total;
}

/** The indexes that a well-formed list names. */
export function indexSet(text: string): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (const part of text === "" ? [] : text.split(",")) {
    const [from = "0", to = from] = part.split("-");
    for (let index = Number(from); index <= Number(to); index++) indexes.add(index);
  }
  return indexes;
}
