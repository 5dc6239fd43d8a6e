/** A trace or workload cannot be used; `line` and `column` count from 1. The user's mistake. */
export class TraceError extends Error {
  override readonly name = "TraceError";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly suggestion: string | undefined;

  constructor(
    message: string,
    place: { readonly file: string; readonly line?: number; readonly column?: number },
    suggestion?: string,
  ) {
    super(message);
    this.file = place.file;
    this.line = place.line ?? 1;
    this.column = place.column ?? 1;
    this.suggestion = suggestion;
  }
}
