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

/** A run of equal lines: where it starts in each text, and how long it is. */
interface Match {
  readonly left: number;
  readonly right: number;
  readonly size: number;
}

/** From this many lines on, lines that occur in more than a hundredth of all anchor nothing. */
const MANY_LINES = 200;

/** Where each line of the text stands that may anchor a match. */
function anchorsOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const anchors = new Map<string, number[]>();
  lines.forEach((line, index) => {
    const places = anchors.get(line);
    if (places === undefined) anchors.set(line, [index]);
    else places.push(index);
  });
  if (lines.length < MANY_LINES) return anchors;
  const most = Math.floor(lines.length / 100) + 1;
  for (const [line, places] of anchors) if (places.length > most) anchors.delete(line);
  return anchors;
}

/**
 * The edits that lead from one text to the other, as Python's difflib finds them (upstream's diffs are made by its port to Go): the
 * longest run of equal lines first, then the same on both sides of it. Deletions stand before insertions.
 */
function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  const anchors = anchorsOf(after);
  const edits: Edit[] = [];
  const push = (sign: Edit["sign"], lines: readonly string[]) => {
    for (const line of lines) edits.push({ sign, line });
  };
  const between = (fromLeft: number, toLeft: number, fromRight: number, toRight: number): void => {
    const { left, right, size } =
      fromLeft < toLeft && fromRight < toRight
        ? longestMatch(before, after, anchors, [fromLeft, toLeft, fromRight, toRight])
        : { left: fromLeft, right: fromRight, size: 0 };
    if (size === 0) {
      push("-", before.slice(fromLeft, toLeft));
      push("+", after.slice(fromRight, toRight));
      return;
    }
    between(fromLeft, left, fromRight, right);
    push(" ", before.slice(left, left + size));
    between(left + size, toLeft, right + size, toRight);
  };
  between(0, before.length, 0, after.length);
  return edits;
}

function longestMatch(
  before: readonly string[],
  after: readonly string[],
  anchors: ReadonlyMap<string, readonly number[]>,
  [fromLeft, toLeft, fromRight, toRight]: readonly [number, number, number, number],
): Match {
  let best: Match = { left: fromLeft, right: fromRight, size: 0 };
  let lengths = new Map<number, number>();
  for (let left = fromLeft; left < toLeft; left++) {
    const next = new Map<number, number>();
    for (const right of anchors.get(before[left] ?? "") ?? []) {
      if (right < fromRight) continue;
      if (right >= toRight) break;
      const size = (lengths.get(right - 1) ?? 0) + 1;
      next.set(right, size);
      if (size > best.size) best = { left: left - size + 1, right: right - size + 1, size };
    }
    lengths = next;
  }
  let { left, right, size } = best;
  while (left > fromLeft && right > fromRight && before[left - 1] === after[right - 1]) {
    left--;
    right--;
    size++;
  }
  while (
    left + size < toLeft &&
    right + size < toRight &&
    before[left + size] === after[right + size]
  ) {
    size++;
  }
  return { left, right, size };
}
