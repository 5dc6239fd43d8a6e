import { keyOf } from "../../api/object.ts";
import type { Pod } from "../../api/types.gen.ts";
import { guarded } from "../framework/error.ts";
import type { PostFilterAnswer, PostFilterContext } from "../framework/plugin.ts";
import type { Profile } from "../framework/profile.ts";
import type { PostFilterRecord, StatusRecord } from "../framework/record.ts";
import { podName } from "./prepared.ts";

/** What all PostFilter plugins together came to. */
export interface PostFilterOutcome {
  readonly answer: PostFilterAnswer;
  /** The first plugin that refused; absent on success. */
  readonly plugin?: string;
  /** All refusals' reasons. */
  readonly reasons: readonly string[];
  /** Key of a claim whose devices a plugin that refused gives back all the same. */
  readonly deallocates?: string;
}

/** Runs PostFilter plugins until one succeeds or fails; refusals add up. `undefined` when the profile has none. */
export function runPostFilters(
  profile: Profile,
  context: PostFilterContext,
): PostFilterOutcome | undefined {
  const reasons: string[] = [];
  let last: PostFilterAnswer | undefined;
  let rejector: string | undefined;
  let nominating: PostFilterAnswer | undefined;
  let freed: { readonly deallocates?: string } = {};
  for (const plugin of profile.postFilter) {
    const answer = guarded(plugin.name, podName(context.pod), () => plugin.postFilter?.(context));
    if (answer === undefined) continue;
    if (answer.deallocates !== undefined) freed = { deallocates: answer.deallocates };
    if (answer.code === "Success") return { answer, reasons: [], ...freed };
    if (answer.code === "Error") return { answer, plugin: plugin.name, reasons: answer.reasons };
    rejector ??= plugin.name;
    reasons.push(...answer.reasons);
    if (answer.nominatedNode !== undefined) nominating = answer;
    last = answer;
  }
  if (last === undefined || rejector === undefined) return undefined;
  return { answer: nominating ?? last, plugin: rejector, reasons, ...freed };
}

function status({ code, plugin, reasons }: StatusRecord): StatusRecord {
  return {
    code,
    ...(plugin === undefined || plugin === "" ? {} : { plugin }),
    ...(reasons === undefined || reasons.length === 0 ? {} : { reasons }),
  };
}

function names(pods: readonly Pod[]): readonly string[] {
  return pods.map(keyOf);
}

/** The outcome in the words of the golden data. */
export function recordPostFilter({ answer, plugin, reasons }: PostFilterOutcome): PostFilterRecord {
  const { candidates, victims, ties } = answer;
  const dryRun = answer.dryRun?.();
  const base = status({ code: answer.code, ...(plugin === undefined ? {} : { plugin }), reasons });
  return {
    ...base,
    hasNominatingInfo: answer.nominatedNode !== undefined,
    nominatedNode: answer.nominatedNode ?? "",
    ...(victims === undefined ? {} : { victims: names(victims) }),
    ...(ties === undefined ? {} : { ties }),
    ...(candidates === undefined
      ? {}
      : {
          candidates: Object.fromEntries(
            candidates.map((each) => [
              each.node,
              { victims: names(each.victims), numPDBViolations: each.numPDBViolations },
            ]),
          ),
        }),
    ...(dryRun === undefined || dryRun.size === 0
      ? {}
      : { dryRun: Object.fromEntries([...dryRun].map(([node, each]) => [node, status(each)])) }),
  };
}
