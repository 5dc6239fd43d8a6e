/** Lines around a change that a diff shows. */
const CONTEXT = 3;

interface Edit {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/** The change between two texts as unified diff hunks without file headers, as Go's messages show them. */
export function lineDiff(before: readonly string[], after: readonly string[]): string {
  const edits = editsBetween(before, after);
  const hunks: string[] = [];
  let start = edits.findIndex(({ sign }) => sign !== " ");
  while (start >= 0) {
    let end = start;
    for (let at = start; at < edits.length && at - end <= 2 * CONTEXT; at++) {
      if (edits[at]?.sign !== " ") end = at;
    }
    hunks.push(
      hunk(edits, Math.max(0, start - CONTEXT), Math.min(edits.length, end + CONTEXT + 1)),
    );
    const rest = edits.slice(end + 1).findIndex(({ sign }) => sign !== " ");
    start = rest < 0 ? -1 : end + 1 + rest;
  }
  return hunks.join("");
}

function hunk(edits: readonly Edit[], from: number, to: number): string {
  const counted = (list: readonly Edit[], other: "-" | "+") =>
    list.filter(({ sign }) => sign !== other).length;
  const lead = edits.slice(0, from);
  const shown = edits.slice(from, to);
  const range = (other: "-" | "+") => `${counted(lead, other) + 1},${counted(shown, other)}`;
  const lines = shown.map(({ sign, line }) => `${sign}${line}\n`).join("");
  return `@@ -${range("+")} +${range("-")} @@\n${lines}`;
}

/** Longest common subsequence behind the common ends; deletions stand before insertions. */
function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail++;
  }
  const left = before.slice(head, before.length - tail);
  const right = after.slice(head, after.length - tail);
  const same = (lines: readonly string[]) => lines.map((line): Edit => ({ sign: " ", line }));
  return [
    ...same(before.slice(0, head)),
    ...middle(left, right),
    ...same(before.slice(before.length - tail)),
  ];
}

function middle(left: readonly string[], right: readonly string[]): Edit[] {
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        left[row] === right[column]
          ? (lengths[(row + 1) * width + column + 1] ?? 0) + 1
          : Math.max(
              lengths[(row + 1) * width + column] ?? 0,
              lengths[row * width + column + 1] ?? 0,
            );
    }
  }
  const edits: Edit[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    const [old = "", fresh = ""] = [left[row], right[column]];
    if (row < left.length && column < right.length && old === fresh) {
      edits.push({ sign: " ", line: old });
      row++;
      column++;
      continue;
    }
    const down = lengths[(row + 1) * width + column] ?? 0;
    const across = lengths[row * width + column + 1] ?? 0;
    if (row < left.length && (column >= right.length || down >= across)) {
      edits.push({ sign: "-", line: old });
      row++;
    } else {
      edits.push({ sign: "+", line: fresh });
      column++;
    }
  }
  return edits;
}
