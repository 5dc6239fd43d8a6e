import { type KubeObject, keyOf as podKey } from "../../api/object.ts";
import type { Pod } from "../../api/types.gen.ts";
import type { EventAction, EventResource, Hint } from "../framework/cluster-event.ts";
import { guarded } from "../framework/error.ts";
import type { Plugin } from "../framework/plugin.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** A plugin that waits for an event. */
interface Waker {
  readonly plugin: string;
  readonly hint: Hint | undefined;
}

/** One change in the words of queueing hints. */
export interface Happened {
  readonly resource: EventResource;
  readonly action: EventAction;
}

function keyOf({ resource, action }: Happened): string {
  return `${resource} ${action}`;
}

const NOBODY: readonly Waker[] = [];

/** Which plugins of a profile wait for which events, and what their queueing hints say. */
export class WakeIndex {
  private readonly wakers = new Map<string, Waker[]>();
  private readonly resources = new Set<EventResource>();

  constructor(plugins: readonly Plugin[]) {
    for (const { name, wakesOn } of new Set(plugins))
      for (const event of wakesOn ?? []) {
        this.resources.add(event.resource);
        for (const action of event.actions) {
          const key = keyOf({ resource: event.resource, action });
          const waker = { plugin: name, hint: "hint" in event ? event.hint : undefined };
          this.wakers.set(key, [...(this.wakers.get(key) ?? []), waker]);
        }
      }
  }

  /** Whether any plugin waits for changes of such objects. */
  listensTo(resource: EventResource): boolean {
    return this.resources.has(resource);
  }

  /** The plugins that wait for such a change. */
  waitingFor(happened: Happened): readonly string[] {
    return (this.wakers.get(keyOf(happened)) ?? NOBODY).map(({ plugin }) => plugin);
  }

  /** Whether the change may help a pod that these plugins refused; everything may help one that nobody refused. */
  helps(
    pod: Pod,
    refusedBy: readonly string[],
    happened: Happened,
    before: KubeObject | undefined,
    after: KubeObject | undefined,
    snapshot: Snapshot,
  ): boolean {
    if (refusedBy.length === 0) return true;
    const wakers = this.wakers.get(keyOf(happened)) ?? NOBODY;
    for (const { plugin, hint } of wakers) {
      if (!refusedBy.includes(plugin)) continue;
      if (hint === undefined) return true;
      if (guarded(plugin, podKey(pod), () => hint(pod, before, after, snapshot))) return true;
    }
    return false;
  }
}
