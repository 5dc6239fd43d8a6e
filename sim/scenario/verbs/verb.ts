import type { Cluster } from "../../cluster.ts";
import type { Seq } from "../../engine/journal.ts";
import type { Random } from "../../engine/random.ts";
import type { Micros } from "../../engine/time.ts";
import type { Params } from "../expect/expression.ts";
import type { StateView } from "../expect/state-view.ts";
import type { ApiAccess } from "../kubectl/api-access.ts";
import type { Path, ReportProblem } from "../problem.ts";
import type { Schema } from "../schema/schema.ts";
import type { SourceDocument, SourceFile } from "../source-file.ts";

/** What a verb may use when a scenario is read. */
export interface PrepareContext {
  readonly document: SourceDocument;
  /** Where the verb's value stands. */
  readonly path: Path;
  /** Ids of all steps. */
  readonly steps: ReadonlySet<string>;
  readonly params: Params;
  /** Reads a file that the scenario names; reports a problem at `path` and answers nothing when it cannot be read. */
  readonly read: (name: string, path: Path) => SourceFile | undefined;
  readonly problem: ReportProblem;
  /** Takes over a problem of another file. */
  readonly add: (problems: readonly import("../problem.ts").Problem[]) => void;
}

/** What a verb may use when its step happens. */
export interface VerbContext {
  readonly cluster: Cluster;
  readonly api: ApiAccess;
  readonly view: StateView;
  readonly params: Params;
  readonly step: string;
  readonly now: Micros;
  /** When the step began: earlier than now when the verb goes on. */
  readonly since: Micros;
  /** A stream of this step's own. */
  readonly random: Random;
  /** What the verb left behind when it asked to go on. Plain data. */
  readonly memory: unknown;
  /** Journal entry of the step. */
  readonly cause: Seq;
  /** Tells the reader what came of it. */
  readonly note: (text: string) => void;
}

/**
 * Nothing when the verb is done; else when to ask again: after a time, at the next change of an object, or whichever
 * comes first.
 */
export type Progress =
  | undefined
  | { readonly again?: Micros; readonly onChange?: boolean; readonly memory?: unknown };

/** What a step can do to the cluster. One file each. */
export interface Verb<T = unknown, P = unknown> {
  readonly name: string;
  readonly description: string;
  readonly schema: Schema<T>;
  /** Reads what the value names and checks what a schema cannot. */
  readonly prepare: (value: T, context: PrepareContext) => P;
  /** One line about what it does: `apply manifests/web.yaml`. */
  readonly summary: (prepared: P) => string;
  readonly run: (prepared: P, context: VerbContext) => Progress;
}

/** Keeps the types of a verb together and forgets them for the registry. */
export function defineVerb<T, P>(verb: Verb<T, P>): Verb {
  return verb as unknown as Verb;
}
