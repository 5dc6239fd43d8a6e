/** What a command inside a container printed, and its exit code. */
export interface ExecOutcome {
  readonly output: string;
  readonly errors: string;
  readonly code: number;
}

/** What a log says more at each call, and whether that is the end of it. */
export type LogFollow = () => { readonly text: string; readonly done: boolean };
