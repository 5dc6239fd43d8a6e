/** Outcome codes of a plugin, spelled as kube-scheduler prints them. */
export type Code =
  | "Success"
  | "Error"
  | "Unschedulable"
  | "UnschedulableAndUnresolvable"
  | "Wait"
  | "Skip"
  | "Pending";

/** Codes with which a plugin refuses a node or a pod. Preemption is tried only where it is `Unschedulable`. */
export type RejectionCode = "Unschedulable" | "UnschedulableAndUnresolvable" | "Error" | "Pending";

/**
 * A refusal: why, in the words that end up in the pod's condition. Plugins hand out the same object for
 * the same refusal, so that counting them over thousands of nodes costs no allocation.
 */
export interface Rejection {
  readonly code: RejectionCode;
  readonly reasons: readonly string[];
}

/** A refusal together with the plugin that spoke it; empty when the framework itself did. */
export interface PluginRejection extends Rejection {
  readonly plugin: string;
}

/** Preemption may help: victims could make room. */
export function unschedulable(...reasons: readonly string[]): Rejection {
  return { code: "Unschedulable", reasons };
}

/** Preemption cannot help on this node. */
export function unresolvable(...reasons: readonly string[]): Rejection {
  return { code: "UnschedulableAndUnresolvable", reasons };
}

/** The highest score a plugin gives after normalization (upstream `MaxNodeScore`). */
export const MAX_NODE_SCORE = 100;
