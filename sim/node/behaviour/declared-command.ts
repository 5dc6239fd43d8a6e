/** What a declared command prints, and how it ends. */
export interface Command {
  readonly output: string;
  readonly errors: string;
  readonly code: number;
}
