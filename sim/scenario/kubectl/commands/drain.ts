import { isApiError } from "../../../api/api-error.ts";
import { keyOf } from "../../../api/object.ts";
import type { Node, Pod } from "../../../api/types.gen.ts";
import { MINUTE, type Micros, parseSpan, SECOND } from "../../../engine/time.ts";
import type { Progress, VerbContext } from "../../verbs/verb.ts";
import { type CommandInput, flagText, type KubectlCommand, usageError } from "../command.ts";
import { setUnschedulable } from "./nodes.ts";

/** `kubectl drain` tries a refused eviction again after this time. */
const RETRY: Micros = 5 * SECOND;
const MIRROR = "kubernetes.io/config.mirror";

/** What a drain under way knows: uids of the pods it asked to go. */
interface DrainState {
  readonly evicted: readonly string[];
  /** Pods whose refusal was told already. */
  readonly told: readonly string[];
}

/** `kubectl drain`: cordons, evicts, tries refused evictions again every 5 s, and is done when the pods are gone. */
export const drain: KubectlCommand = {
  name: "drain",
  usage: "drain NODE [--ignore-daemonsets] [--force] [--delete-emptydir-data]",
  flags: [
    "ignore-daemonsets",
    "force",
    "delete-emptydir-data",
    "grace-period",
    "timeout",
    "disable-eviction",
    "pod-selector",
    "selector",
  ],
  words: 1,
  run: (input, context) => {
    const name = input.words[0] ?? "";
    const { api, note, memory, now, since } = context;
    if (memory === undefined) {
      api.change<Node>("Node", name, (node) => setUnschedulable(node, true));
      note(`node/${name} cordoned`);
      refuse(podsOn(name, context), input);
    }
    const timeout = parseSpan(flagText(input, "timeout") ?? "0s") ?? 0;
    const state = (memory ?? { evicted: [], told: [] }) as DrainState;
    const progress = evictAll(
      podsOn(name, context).filter((pod) => !stays(pod)),
      state,
      input,
      context,
    );
    if (progress === undefined) note(`node/${name} drained`);
    if (progress !== undefined && timeout > 0 && now - since >= timeout)
      throw usageError(
        `drain did not complete within ${flagText(input, "timeout")}: global timeout reached`,
      );
    return progress;
  },
};

function podsOn(node: string, { api }: VerbContext): Pod[] {
  return [...api.list<Pod>("Pod")].filter(({ spec }) => spec?.nodeName === node);
}

function controllerKind({ metadata }: Pod): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.kind;
}

/** DaemonSet pods and mirror pods are not drained. */
function stays(pod: Pod): boolean {
  return controllerKind(pod) === "DaemonSet" || pod.metadata.annotations?.[MIRROR] !== undefined;
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Refuses a drain as kubectl does, before anything is evicted. */
function refuse(pods: readonly Pod[], { flags, words }: CommandInput): void {
  const name = words[0] ?? "";
  const reasons: string[] = [];
  const list = (found: readonly Pod[]): string => found.map(keyOf).join(", ");
  const daemons = pods.filter((pod) => controllerKind(pod) === "DaemonSet");
  if (daemons.length > 0 && flags["ignore-daemonsets"] === undefined)
    reasons.push(
      `cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): ${list(daemons)}`,
    );
  const others = pods.filter((pod) => !stays(pod) && !isOver(pod));
  const bare = others.filter((pod) => controllerKind(pod) === undefined);
  if (bare.length > 0 && flags["force"] === undefined)
    reasons.push(
      `cannot delete Pods that declare no controller (use --force to override): ${list(bare)}`,
    );
  const local = others.filter(
    ({ spec }) => spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined) === true,
  );
  if (local.length > 0 && flags["delete-emptydir-data"] === undefined)
    reasons.push(
      `cannot delete Pods with local storage (use --delete-emptydir-data to override): ${list(local)}`,
    );
  if (reasons.length > 0)
    throw usageError(`unable to drain node "${name}" due to error: [${reasons.join(", ")}]`);
}

function evictAll(
  pods: readonly Pod[],
  state: DrainState,
  input: CommandInput,
  context: VerbContext,
): Progress {
  const { api, note } = context;
  const grace = flagText(input, "grace-period");
  const evicted = [...state.evicted];
  const told = [...state.told];
  let refused = false;
  for (const pod of pods) {
    const { uid, name, deletionTimestamp } = pod.metadata;
    if (evicted.includes(uid) || deletionTimestamp !== undefined) continue;
    try {
      if (input.flags["disable-eviction"] === true) api.delete("Pod", keyOf(pod));
      else api.evict(keyOf(pod), grace === undefined ? undefined : Number(grace));
      evicted.push(uid);
      note(`pod/${name} evicted`);
    } catch (error) {
      if (!isApiError(error) || (error.code !== 429 && error.code !== 500)) throw error;
      refused = true;
      if (!told.includes(uid))
        note(`error when evicting pods/"${name}" (will retry after 5s): ${error.message}`);
      told.push(uid);
    }
  }
  const memory: DrainState = { evicted, told: [...new Set(told)] };
  if (refused) return { again: RETRY, memory };
  const left = podsOn(input.words[0] ?? "", context).some(
    (pod) => !stays(pod) && evicted.includes(pod.metadata.uid),
  );
  return left ? { again: MINUTE, onChange: true, memory } : undefined;
}
