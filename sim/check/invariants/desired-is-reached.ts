import type { KubeObject } from "../../api/object.ts";
import type { FaultEntry, JournalEntry } from "../../engine/journal.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";
import { DesiredWorld } from "../desired-world.ts";
import type { Invariant } from "../invariant.ts";

/** A failover takes up to 18 s, and what failed for a fault's two minutes is tried again at the latest after twice that. */
const PATIENCE: Micros = 5 * MINUTE + 18 * SECOND;
/** A pod costs its controller two writes of its twenty a second: the object and its event. */
const PER_POD: Micros = SECOND / 10;

/** What is desired for long enough is so: controllers see what was asked for, and make it. */
export const desiredIsReached: Invariant = {
  name: "desired-is-reached",
  number: 37,
  description:
    "A workload's generation is observed and its pods are there (a DaemonSet's on every node that suits it) once nothing was asked anew and no fault struck for 5 min 18 s, its minReadySeconds and 0.1 s for each pod.",
  watch: () => {
    const world = new DesiredWorld();
    // What each lacks: another lack, or another generation, is progress and begins anew.
    const waiting = new Map<string, { since: Micros; lack: string }>();
    let faults = 0;
    let troubled: Micros = 0;
    let now: Micros = 0;
    const tooLate = (name: string): boolean => {
      const since = Math.max(waiting.get(name)?.since ?? now, troubled);
      const settling = (world.workloads.get(name)?.spec?.minReadySeconds ?? 0) * SECOND;
      return faults === 0 && now - since > PATIENCE + settling + PER_POD * world.pods;
    };
    const judge = (name: string): string | undefined => {
      const late = tooLate(name) ? waiting.get(name)?.lack : undefined;
      const missing = world.lacks(name);
      const lack =
        missing && `${missing} (generation ${world.workloads.get(name)?.metadata.generation})`;
      if (lack === undefined) waiting.delete(name);
      else if (waiting.get(name)?.lack !== lack) waiting.set(name, { since: now, lack });
      return late === undefined ? undefined : `${name}: ${late}, and it took too long`;
    };
    return {
      take: (entry) => {
        now = Math.max(now, entry.time);
        if (entry.kind === "fault") {
          faults += balance(entry);
          troubled = now;
        }
        for (const name of concernedBy(entry, world)) {
          const wrong = judge(name);
          if (wrong !== undefined) return wrong;
        }
        return undefined;
      },
      finish: (time) => {
        now = Math.max(now, time);
        for (const [name, { lack }] of waiting)
          if (tooLate(name)) return `${name}: ${lack}, and nothing happens`;
        return undefined;
      },
    };
  },
};

function concernedBy(entry: JournalEntry, world: DesiredWorld): readonly string[] {
  if (entry.kind === "record") return world.hear(entry);
  if (entry.kind !== "change") return [];
  const { collection, key, before, after } = entry;
  return world.take(
    collection,
    key,
    before as KubeObject | undefined,
    after as KubeObject | undefined,
  );
}

function balance({ phase, momentary }: FaultEntry): number {
  if (momentary === true) return 0;
  return phase === "begin" ? 1 : -1;
}
