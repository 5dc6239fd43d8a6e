import type { Code } from "./status.ts";

/** What a plugin said, in the words of the golden data. */
export interface StatusRecord {
  readonly code: Code;
  readonly plugin?: string;
  readonly reasons?: readonly string[];
}

/** What PreFilter said, and which nodes it left. */
export interface PreFilterRecord extends StatusRecord {
  /** True when only `nodeNames` are considered. */
  readonly restricts?: boolean;
  readonly nodeNames?: readonly string[];
  /** Plugins with nothing to do for this pod, sorted. */
  readonly skipped: readonly string[];
}

/** Raw, normalized and weighted score of one plugin. */
export type ScoreTriple = readonly [raw: number, normalized: number, weighted: number];

/** What became of one node. */
export interface NodeRecord {
  readonly feasible: boolean;
  readonly plugin?: string;
  readonly code?: Code;
  readonly reasons?: readonly string[];
  /** Left out by PreFilter: no filter saw it. */
  readonly absent?: true;
  readonly scores?: Readonly<Record<string, ScoreTriple>>;
  readonly total?: number;
}

/** What PostFilter (preemption) came to. */
export interface PostFilterRecord extends StatusRecord {
  readonly hasNominatingInfo: boolean;
  readonly nominatedNode: string;
  /** `namespace/name` of the pods to evict, most important first. */
  readonly victims?: readonly string[];
  /** Names of the equally good candidates, sorted. */
  readonly ties?: readonly string[];
  readonly candidates?: Readonly<
    Record<string, { readonly victims: readonly string[]; readonly numPDBViolations: number }>
  >;
  readonly dryRun?: Readonly<Record<string, StatusRecord>>;
}

/** A tie broken by chance: of how many, and which one. */
export interface DrawRecord {
  readonly among: number;
  readonly drawn: number;
}

/** Everything about one scheduling decision. Field names are those of the golden data; `host` and `draw` are ours. */
export interface DecisionRecord {
  readonly result: "scheduled" | "unschedulable" | "gated" | "error";
  readonly preEnqueue?: StatusRecord;
  readonly preFilter?: PreFilterRecord;
  readonly nodes?: Readonly<Record<string, NodeRecord>>;
  readonly feasible: number;
  readonly weights?: Readonly<Record<string, number>>;
  readonly skippedScore?: readonly string[];
  readonly maxTotal?: number;
  readonly winners?: readonly string[];
  /** The node chosen. */
  readonly host?: string;
  readonly draw?: DrawRecord;
  readonly reason?: string;
  /** The exact text of the PodScheduled condition. */
  readonly message?: string;
  readonly unschedulablePlugins?: readonly string[];
  readonly postFilter?: PostFilterRecord;
}
