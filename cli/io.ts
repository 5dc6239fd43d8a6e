/** The world of a command: what it prints to, reads from, and knows of the terminal. */
export interface Io {
  /** Data. */
  out(text: string): void;
  /** Notes, progress and mistakes. */
  err(text: string): void;
  /** Everything on standard input. */
  stdin(): Uint8Array;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly inIsTerminal: boolean;
  /** Width of the terminal, 100 where there is none. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Exit codes, as documented. */
export const Exit = {
  fine: 0,
  failed: 1,
  usage: 2,
  input: 3,
  internal: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** The user asked for something that there is not: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly suggestion: string | undefined;

  constructor(message: string, suggestion?: string) {
    super(message);
    this.suggestion = suggestion;
  }
}
