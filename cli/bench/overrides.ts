/** What the command line changes about an experiment. */
export interface Overrides {
  readonly schedulers?: readonly string[];
  readonly seeds?: number;
  /** Only this seed. */
  readonly seed?: string;
  readonly set: Readonly<Record<string, string>>;
  readonly version: string;
  /** Folder that modules named on the command line are relative to. */
  readonly cwd: string;
}
