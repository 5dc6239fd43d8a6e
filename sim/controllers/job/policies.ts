import type {
  ContainerStatus,
  Job,
  Pod,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from "../../api/types.gen.ts";
import { Indexes } from "./indexes.ts";

/** What the pod failure policy says of a failed pod. */
export interface Verdict {
  /** Whether the failure counts towards the back-off limits. */
  readonly counts: boolean;
  /** Action of the rule that matched, if one did. */
  readonly action?: string;
  /** Why the Job fails as a whole: only of `FailJob`. */
  readonly message?: string;
}

const COUNTS: Verdict = { counts: true };

/** Judges a failed pod by the first rule that matches. */
export function failureVerdict(job: Job, pod: Pod): Verdict {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  for (const [at, rule] of rules.entries()) {
    const match = matchOf(rule, pod);
    if (match === undefined) continue;
    const { action } = rule;
    if (action === "Ignore") return { counts: false, action };
    if (action !== "FailJob") return { counts: true, action };
    return { counts: true, action, message: `${match} matching FailJob rule at index ${at}` };
  }
  return COUNTS;
}

/** In words what a rule matched. */
function matchOf(
  { onExitCodes, onPodConditions }: PodFailurePolicyRule,
  pod: Pod,
): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (onExitCodes !== undefined) {
    const container = [
      ...(pod.status?.containerStatuses ?? []),
      ...(pod.status?.initContainerStatuses ?? []),
    ].find((status) => exitMatches(status, onExitCodes));
    return container === undefined
      ? undefined
      : `Container ${container.name} for pod ${name} failed with exit code ${container.state?.terminated?.exitCode}`;
  }
  for (const pattern of onPodConditions ?? [])
    for (const { type, status } of pod.status?.conditions ?? [])
      if (type === pattern.type && status === (pattern.status ?? "True"))
        return `Pod ${name} has condition ${type}`;
  return undefined;
}

function exitMatches(
  { name, state }: ContainerStatus,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): boolean {
  const code = state?.terminated?.exitCode;
  if (code === undefined || code === 0) return false;
  if (containerName !== undefined && containerName !== name) return false;
  return operator === "In" ? values.includes(code) : !values.includes(code);
}

/** Message of the first rule of the success policy that the succeeded indexes meet. */
export function metSuccessRule({ spec }: Job, succeeded: Indexes): string | undefined {
  if (succeeded.size === 0) return undefined;
  for (const [at, rule] of (spec.successPolicy?.rules ?? []).entries()) {
    const { succeededCount, succeededIndexes } = rule;
    const wanted =
      succeededIndexes === undefined ? undefined : [...Indexes.parse(succeededIndexes)];
    const reached = wanted?.filter((index) => succeeded.has(index)).length ?? succeeded.size;
    const needed = succeededCount ?? wanted?.length;
    if (needed !== undefined && reached >= needed) return `Matched rules at index ${at}`;
  }
  return undefined;
}
