import type { ExitCode, Io } from "./io.ts";

/** One option of a command. Values are texts: numbers are read where their limits are known, seeds never are. */
export interface Option {
  readonly name: string;
  readonly alias?: string;
  readonly kind: "text" | "texts" | "switch";
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly placeholder?: string;
}

/** One thing that `ksim` does. Loaded when it is asked for; what it needs to work is loaded when it runs. */
export interface Command {
  readonly name: string;
  /** Behind the name: `FILE`, `[NAME]`, `PATH..`. */
  readonly positionals: readonly Positional[];
  readonly options: readonly Option[];
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Loads what works; until its first `await` an interrupt ends that in the middle. */
  readonly load: () => Promise<(args: Arguments, io: Io) => Promise<ExitCode> | ExitCode>;
}

/** A word behind the command. */
export interface Positional {
  readonly name: string;
  readonly describe: string;
  readonly required?: boolean;
  /** Takes all that follow. */
  readonly many?: boolean;
}

/** What was given. */
export class Arguments {
  readonly #values: Readonly<Record<string, unknown>>;
  /** The words of the command line, to repeat it. */
  readonly line: readonly string[];

  constructor(values: Readonly<Record<string, unknown>>, line: readonly string[]) {
    this.#values = values;
    this.line = line;
  }

  /** A text, the last one when it was given more than once. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    return last === undefined ? undefined : String(last);
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    if (value === undefined) return [];
    return Array.isArray(value) ? value.map(String) : [String(value)];
  }

  has(name: string): boolean {
    return this.#values[name] === true;
  }

  /** Whether a switch was turned off by `--no-…`. */
  off(name: string): boolean {
    return this.#values[name] === false;
  }
}

/** Options of every command. */
export const commonOptions: readonly Option[] = [
  { name: "quiet", alias: "q", kind: "switch", describe: "Print results only" },
  { name: "color", kind: "switch", describe: "Colours; --no-color or NO_COLOR turns them off" },
];

/** `--seed`. */
export const seedOption: Option = {
  name: "seed",
  kind: "text",
  describe: "Seed of the run, any text",
  placeholder: "S",
};

/** `--set`. */
export const setOption: Option = {
  name: "set",
  kind: "texts",
  describe: "Value of a parameter, k=v; may be repeated",
  placeholder: "k=v",
};

/** `--scheduler`. */
export const schedulerOption: Option = {
  name: "scheduler",
  kind: "text",
  describe:
    "Scheduler instead of the scenario's: a name of `ksim list schedulers`, a KubeSchedulerConfiguration or a module of your own",
  placeholder: "NAME",
};

/** `--controller`. */
export const controllerOption: Option = {
  name: "controller",
  kind: "texts",
  describe: "Module with controllers of your own; may be repeated",
  placeholder: "FILE",
};

/** `-o`, with the formats that make sense. */
export function outputOption(...choices: string[]): Option {
  return { name: "output", alias: "o", kind: "text", describe: "Format of the output", choices };
}
