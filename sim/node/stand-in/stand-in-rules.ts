import type { Pod } from "../../api/types.gen.ts";
import { MILLISECOND, type Micros, SECOND } from "../../engine/time.ts";

/** What `fake/…` annotations of a pod ask of the stand-in; its own numbers where they say nothing. */
export interface StandInRules {
  readonly startDelay: Micros;
  readonly readyDelay: Micros;
  readonly neverReady: boolean;
  readonly stopDelay: Micros;
  readonly stopExit: number;
  /** Since it became ready; runs for ever when absent. */
  readonly runFor: Micros | undefined;
  readonly exitCode: number;
  /** How many first pods of an owner fail; the others end by `exitCode`. */
  readonly failFirst: number | undefined;
  readonly imageFails: boolean;
}

const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";
/** SIGTERM unhandled: what a batch process answers, which nobody taught to stop. */
const TERMINATED = 143;

/** Reads a pod's rules. A text that is no number counts as 0, as the stand-in of the recording had it. */
export function standInRules(pod: Pod): StandInRules {
  const annotations = pod.metadata.annotations ?? {};
  const text = (name: string): string | undefined => annotations[`fake/${name}`];
  const span = (name: string, otherwise: Micros): Micros => {
    const given = text(name);
    return given === undefined ? otherwise : Math.round((Number(given) || 0) * SECOND);
  };
  const number = (name: string): number | undefined => {
    const given = text(name);
    return given === undefined ? undefined : Number(given) || 0;
  };
  const never = pod.spec?.restartPolicy === "Never";
  return {
    startDelay: span("start-delay", 400 * MILLISECOND),
    readyDelay: span("ready-delay", SECOND),
    neverReady: isOn(text("never-ready")),
    stopDelay: span("stop-delay", SECOND),
    stopExit: number("stop-exit") ?? (never ? TERMINATED : 0),
    runFor: text("run-seconds") === undefined ? undefined : span("run-seconds", 0),
    exitCode: exitByIndex(pod, text("exit-by-index")) ?? number("exit-code") ?? 0,
    failFirst: number("fail-first"),
    imageFails:
      isOn(text("image-fail")) ||
      (pod.spec?.containers.some(({ image }) => image?.includes("bad") === true) ?? false),
  };
}

function isOn(text: string | undefined): boolean {
  return text !== undefined && text !== "" && text !== "0" && text !== "false";
}

/** Exit code of the pod's completion index in a list like `0,1,0`; the last entry stands for all that follow. */
function exitByIndex(pod: Pod, list: string | undefined): number | undefined {
  if (list === undefined) return undefined;
  const index = Number(pod.metadata.annotations?.[COMPLETION_INDEX] ?? 0);
  const codes = list.split(",").map((code) => Number(code) || 0);
  return codes[index] ?? 0;
}
