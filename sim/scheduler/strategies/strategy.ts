import type { Guard } from "../cycle/scheduling-core.ts";
import type { PluginFactory } from "../framework/plugin.ts";

/** A scheduler by name: what it does in one line, and how it is configured. */
export interface Strategy {
  readonly name: string;
  readonly describe: string;
  /** Where the rule comes from. */
  readonly source: string;
  /** A KubeSchedulerConfiguration or one profile of it. */
  readonly config: unknown;
  /** Plugins of its own, beside the registered ones. */
  readonly plugins?: readonly PluginFactory[];
  /** File of the user's module it came from, for messages. */
  readonly file?: string;
  /** Stops decisions that do not come back. */
  readonly guard?: Guard;
}
