import type { KubeObject } from "../../api/object.ts";
import type { Deployment, Pod, ReplicaSet } from "../../api/types.gen.ts";
import type { FaultEntry } from "../../engine/journal.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";
import type { Invariant } from "../invariant.ts";

/** Kinds whose controller tells of the generation that it has seen. */
const OBSERVED: ReadonlySet<string> = new Set([
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
  "DaemonSet",
]);
/** A failover takes up to 18 s, and what failed for a fault's two minutes is tried again at the latest after twice that. */
const PATIENCE: Micros = 5 * MINUTE + 18 * SECOND;
/** A pod costs its controller two writes of its twenty a second: the object and its event. */
const PER_POD: Micros = SECOND / 10;

type Workload = Deployment | ReplicaSet;

/** What the law knows of the world: workloads by kind and key, and how many there are of what each owns. */
class World {
  readonly workloads = new Map<string, Workload>();
  readonly #names = new Map<string, string>();
  readonly #livePods = new Map<string, number>();
  readonly #sets = new Map<string, Map<string, ReplicaSet>>();
  pods = 0;

  /** Takes an object in; answers which workloads it may concern. */
  take(
    kind: string,
    key: string,
    before: KubeObject | undefined,
    after: KubeObject | undefined,
  ): readonly string[] {
    if (kind === "Pod") {
      this.pods += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
      return [this.#countPod(before, -1), this.#countPod(after, 1)].flatMap((name) => name ?? []);
    }
    if (!OBSERVED.has(kind)) return [];
    const name = `${kind} ${key}`;
    if (after === undefined) this.workloads.delete(name);
    else {
      this.workloads.set(name, after as Workload);
      this.#names.set(after.metadata.uid as string, name);
    }
    if (kind !== "ReplicaSet") return [name];
    return [name, ...[before, after].flatMap((one) => this.#placeSet(key, one, one === after))];
  }

  #countPod(object: KubeObject | undefined, by: number): string | undefined {
    if (object === undefined) return undefined;
    const { metadata, status } = object as Pod;
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    const over = status?.phase === "Succeeded" || status?.phase === "Failed";
    if (owner === undefined || over || metadata.deletionTimestamp !== undefined) return undefined;
    this.#livePods.set(owner, (this.#livePods.get(owner) ?? 0) + by);
    return this.#names.get(owner);
  }

  #placeSet(key: string, set: KubeObject | undefined, present: boolean): readonly string[] {
    const owner = set?.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (owner === undefined) return [];
    const sets = this.#sets.get(owner) ?? new Map<string, ReplicaSet>();
    this.#sets.set(owner, sets);
    if (present) sets.set(key, set as ReplicaSet);
    else sets.delete(key);
    const name = this.#names.get(owner);
    return name === undefined ? [] : [name];
  }

  /** What a workload still lacks; `undefined` when it is as desired, or somebody else keeps it from being so. */
  lacks(name: string): string | undefined {
    const workload = this.workloads.get(name);
    if (workload === undefined || workload.metadata.deletionTimestamp !== undefined)
      return undefined;
    const { metadata, spec, status } = workload;
    if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
      return `its generation ${metadata.generation} is not observed`;
    const wanted = spec?.replicas ?? 1;
    if (name.startsWith("Deployment ")) {
      const [only, ...others] = this.#sets.get(metadata.uid as string)?.values() ?? [];
      const have = only?.spec?.replicas ?? 1;
      if (only === undefined || others.length > 0 || have === wanted) return undefined;
      return `its only ReplicaSet is for ${have} pods, not ${wanted}`;
    }
    if (!name.startsWith("Replica") || isHindered(workload)) return undefined;
    const have = this.#livePods.get(metadata.uid as string) ?? 0;
    return have === wanted ? undefined : `it has ${have} pods, not ${wanted}`;
  }
}

/** Quotas and admission keep a controller from its pods, which says so. */
function isHindered({ status }: Workload): boolean {
  const conditions: readonly { type: string; status: string }[] = status?.conditions ?? [];
  return conditions.some(({ type, status: is }) => type === "ReplicaFailure" && is === "True");
}

/** What is desired for long enough is so: controllers see what was asked for, and make it. */
export const desiredIsReached: Invariant = {
  name: "desired-is-reached",
  number: 37,
  description:
    "A workload's generation is observed and its replicas are there once nothing was asked anew and no fault struck for 5 min 18 s and 0.1 s for each pod.",
  watch: () => {
    const world = new World();
    // What each lacks: another lack, or another generation, is progress and begins anew.
    const waiting = new Map<string, { since: Micros; lack: string }>();
    let faults = 0;
    let troubled: Micros = 0;
    let now: Micros = 0;
    const tooLate = (name: string): boolean => {
      const since = Math.max(waiting.get(name)?.since ?? now, troubled);
      return faults === 0 && now - since > PATIENCE + PER_POD * world.pods;
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
        if (entry.kind !== "change") return undefined;
        const { collection, key, before, after } = entry;
        const concerned = world.take(
          collection,
          key,
          before as KubeObject | undefined,
          after as KubeObject | undefined,
        );
        for (const name of concerned) {
          const wrong = judge(name);
          if (wrong !== undefined) return wrong;
        }
        return undefined;
      },
      finish: () => {
        for (const [name, { lack }] of waiting)
          if (tooLate(name)) return `${name}: ${lack}, and nothing happens`;
        return undefined;
      },
    };
  },
};

function balance({ phase, momentary }: FaultEntry): number {
  if (momentary === true) return 0;
  return phase === "begin" ? 1 : -1;
}
