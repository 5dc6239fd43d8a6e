import type { ClusterConfig } from "../cluster.ts";
import type { Micros } from "../engine/time.ts";
import type { Expression, Params } from "./expect/expression.ts";
import type { InvariantMonitor } from "./expect/invariant-port.ts";
import type { QuizSpec } from "./schema/parts.ts";
import type { Verb } from "./verbs/verb.ts";

/** When a step happens. */
export type Timing =
  | { readonly kind: "at"; readonly time: Micros }
  | { readonly kind: "after"; readonly steps: readonly string[]; readonly delay: Micros };

/** A step that happens again and again. */
export interface Repeat {
  readonly every: Micros;
  /** Last time it may happen; the end of the run when absent. */
  readonly until: Micros | undefined;
  readonly times: number | undefined;
}

/** What a step does to the cluster, read and checked. */
export interface Action {
  readonly verb: Verb;
  readonly prepared: unknown;
  readonly summary: string;
}

/** A step of a scenario, ready to run. */
export interface Step {
  readonly id: string;
  /** Whether the author named it. */
  readonly named: boolean;
  readonly timing: Timing;
  readonly repeat: Repeat | undefined;
  readonly when: Expression | undefined;
  /** Missing for a step that only says, asks or marks something. */
  readonly action: Action | undefined;
  readonly say: string | undefined;
  readonly quiz: QuizSpec | undefined;
  readonly checkpoint: string | undefined;
  /** Whether the API may refuse what it does. */
  readonly mayFail: boolean;
}

/** An instant of a run: a time, or when a step happens first. */
export type Instant = { readonly time: Micros } | { readonly step: string };

/** What must hold. */
export type Condition =
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "match"; readonly wanted: PartialObject }
  | {
      readonly kind: "invariant";
      readonly name: string;
      /** Of an invariant of the user's own; others are known by name. */
      readonly watch?: () => InvariantMonitor;
    };

/** Part of an object. */
export interface PartialObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/** Something that a run must show. */
export interface Expectation {
  readonly name: string;
  readonly mode: "eventually" | "always" | "never";
  readonly condition: Condition;
  readonly from: Instant;
  /** End of an always or never; the end of the run when absent. */
  readonly to: Instant | undefined;
  /** Longest span from its beginning. */
  readonly within: Micros | undefined;
}

/** A comparison that a measured value must pass. */
export interface Threshold {
  readonly text: string;
  readonly operator: "<" | "<=" | ">" | ">=" | "==";
  readonly value: number;
}

/** A number to take from a run. */
export interface Measure {
  readonly name: string;
  readonly metric: string;
  readonly stat: string;
  readonly selector: string | undefined;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  readonly threshold: Threshold | undefined;
}

/** A scenario, read, checked and ready to run any number of times. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly seed: string;
  readonly duration: Micros;
  readonly params: Params;
  readonly cluster: Omit<ClusterConfig, "seed" | "detail">;
  readonly steps: readonly Step[];
  readonly expectations: readonly Expectation[];
  readonly measures: readonly Measure[];
  /** Texts of every file that it is made of, by name, for recordings: the scenario itself first. */
  readonly files: ReadonlyMap<string, string>;
}
