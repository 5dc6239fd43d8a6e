import type { PodInfo } from "./pod-info.ts";

const NOBODY: readonly PodInfo[] = [];

/** Pods that were promised a node by preemption and wait for it to become free. */
export class Nominations {
  private readonly byPod = new Map<string, { readonly info: PodInfo; readonly node: string }>();
  private readonly byNode = new Map<string, PodInfo[]>();

  /** True when nobody is promised anything. */
  get none(): boolean {
    return this.byNode.size === 0;
  }

  /** Promises a node. */
  add(info: PodInfo, node: string): void {
    this.remove(info.id);
    this.byPod.set(info.id, { info, node });
    this.byNode.set(node, [...(this.byNode.get(node) ?? []), info]);
  }

  /** Takes a promise back. */
  remove(id: string): void {
    const before = this.byPod.get(id);
    if (before === undefined) return;
    this.byPod.delete(id);
    const others = (this.byNode.get(before.node) ?? []).filter((each) => each.id !== id);
    if (others.length === 0) this.byNode.delete(before.node);
    else this.byNode.set(before.node, others);
  }

  /** Pods promised to a node. */
  to(node: string): readonly PodInfo[] {
    return this.byNode.get(node) ?? NOBODY;
  }

  /** Names of the nodes promised to somebody. */
  nodes(): Iterable<string> {
    return this.byNode.keys();
  }

  /** All pods with a promise. */
  *pods(): Iterable<PodInfo> {
    for (const { info } of this.byPod.values()) yield info;
  }

  clear(): void {
    this.byPod.clear();
    this.byNode.clear();
  }
}
