/** A path into a document: keys and list positions. */
export type Path = readonly (string | number)[];

/** What is wrong with an input file, and where. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `spec.steps[2].at`; empty for the whole file. */
  readonly path: string;
  /** What was found and what was expected. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
  /** The line itself, for a caret under the place. */
  readonly source?: string;
}

/** Hears of a mistake; `character`: of the text at the path. */
export type ReportProblem = (
  path: Path,
  message: string,
  suggestion?: string,
  character?: number,
) => void;

/** An input file cannot be used. The user's mistake: shown without a stack trace, exit code 3. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.problems = problems;
  }
}

/** `spec.steps[2].at` */
export function formatPath(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

const WIDEST = 100;

/** A problem as text: place and message, the line with a caret, and the suggestion. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, suggestion, source } = problem;
  const lines = [`${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`];
  if (source !== undefined && source.trim() !== "") {
    const from = Math.max(0, column - WIDEST + 20);
    const shown = source.slice(from, from + WIDEST).replace(/\t/g, " ");
    const number = String(line);
    lines.push(`  ${number} | ${shown}`);
    lines.push(`  ${" ".repeat(number.length)} | ${" ".repeat(column - 1 - from)}^`);
  }
  if (suggestion !== undefined) lines.push(`  ${suggestion}`);
  return lines.join("\n");
}
