import type { NodeIndex } from "./node-index.ts";
import type { PodInfo } from "./pod-info.ts";

/** A pod on its node. */
export interface Bound {
  /** Replaced when the pod is being deleted; its label class stays. */
  info: PodInfo;
  readonly node: NodeIndex;
}

const NONE: readonly Bound[] = [];

/** The pods on nodes, by identity and by label class: a new question about labels is asked once per class, not once per pod. */
export class BoundPods {
  private readonly byId = new Map<string, Bound>();
  private readonly byClass = new Map<number, Map<string, Bound>>();

  get size(): number {
    return this.byId.size;
  }

  get(id: string): Bound | undefined {
    return this.byId.get(id);
  }

  set(bound: Bound): void {
    const { id, traits } = bound.info;
    this.byId.set(id, bound);
    const alike = this.byClass.get(traits.labelClass);
    if (alike === undefined) this.byClass.set(traits.labelClass, new Map([[id, bound]]));
    else alike.set(id, bound);
  }

  delete({ info }: Bound): void {
    this.byId.delete(info.id);
    const alike = this.byClass.get(info.traits.labelClass);
    if (alike === undefined) return;
    alike.delete(info.id);
    if (alike.size === 0) this.byClass.delete(info.traits.labelClass);
  }

  values(): Iterable<Bound> {
    return this.byId.values();
  }

  /** The label classes that have pods on nodes. */
  classes(): Iterable<number> {
    return this.byClass.keys();
  }

  /** The pods on nodes of one label class. */
  ofClass(labelClass: number): Iterable<Bound> {
    return this.byClass.get(labelClass)?.values() ?? NONE;
  }
}
