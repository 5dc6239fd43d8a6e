import type { Profile } from "../framework/profile.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { runPreFilters } from "./prepared.ts";
import { Shape } from "./shape.ts";

/** Bytes all remembered shapes of a profile may hold; the least recently used go first. */
const MEMORY_LIMIT = 320 * 1024 * 1024;
/** Shapes held as the last of their spec; all are let go when there are more. */
const LATEST_LIMIT = 64;
/** Pods that PreFilter pins to so few nodes come one of a kind: remembering them would cost more than asking. */
const PINNED = 16;

/** The shapes of one profile that are remembered, by the traits of their pods. */
export class ShapeMemory {
  private readonly profile: Profile;
  private readonly snapshot: Snapshot;
  private readonly versioned: (pod: PodInfo) => number;
  private readonly shapes = new Map<number, Shape>();
  /** The shape asked last of the pods of each spec: the others of that spec learn from it. */
  private readonly latest = new Map<number, Shape>();
  private bytes = 0;

  constructor(profile: Profile, snapshot: Snapshot) {
    this.profile = profile;
    this.snapshot = snapshot;
    this.versioned = versionOf(profile, snapshot);
  }

  /** The pod's shape, up to date; `undefined` for a pod that none is remembered for. */
  shapeOf(pod: PodInfo): Shape | undefined {
    const { specId } = pod.traits;
    const sibling = specId === undefined ? undefined : this.latest.get(specId);
    const shape = this.known(pod, sibling) ?? this.made(pod, sibling);
    if (specId !== undefined && shape?.ofSpec === true && shape !== sibling) {
      if (this.latest.size >= LATEST_LIMIT) this.latest.clear();
      this.latest.set(specId, shape);
    }
    return shape;
  }

  clear(): void {
    this.shapes.clear();
    this.latest.clear();
    this.bytes = 0;
  }

  private known(pod: PodInfo, sibling: Shape | undefined): Shape | undefined {
    const { shapes } = this;
    const { id } = pod.traits;
    const known = shapes.get(id);
    if (known === undefined) return undefined;
    shapes.delete(id);
    if (known.sync(pod, sibling)) {
      shapes.set(id, known);
      return known;
    }
    this.bytes -= known.bytes;
    return undefined;
  }

  private made(pod: PodInfo, sibling: Shape | undefined): Shape | undefined {
    const { profile, shapes, snapshot, versioned } = this;
    const outcome = runPreFilters(profile, pod, snapshot);
    if (outcome.reject !== undefined) return undefined;
    if (outcome.nodeNames !== undefined && outcome.nodeNames.size <= PINNED) return undefined;
    const shape = new Shape(profile, pod, snapshot, outcome, versioned, sibling);
    const { id } = pod.traits;
    shapes.set(id, shape);
    this.bytes += shape.bytes;
    for (const [oldest, old] of shapes) {
      if (this.bytes <= MEMORY_LIMIT || oldest === id) break;
      shapes.delete(oldest);
      this.bytes -= old.bytes;
    }
    return shape;
  }
}

/** Sum of the versions of all plugins that have one: changes whenever any of them does. */
function versionOf(profile: Profile, snapshot: Snapshot): (pod: PodInfo) => number {
  const all = [
    ...profile.preFilter,
    ...profile.filter,
    ...profile.score.map(({ plugin }) => plugin),
  ];
  const versioned = [...new Set(all)].filter(({ version }) => version !== undefined);
  return (pod) => {
    let sum = 0;
    for (const { version } of versioned) sum += version?.(pod, snapshot) ?? 0;
    return sum;
  };
}
