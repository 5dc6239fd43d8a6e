import type { NodeIndex } from "./node-index.ts";

/** Entries kept before the older half is dropped. */
const LIMIT = 1 << 17;

/** Which nodes changed, in order: those who remember something catch up from where they stopped. */
export class ChangeLog {
  /** Position just after each node's last change. */
  readonly touched: number[] = [];
  /** Position just after the last change of each node's object. */
  readonly objectTouched: number[] = [];
  /** How often a pod of each node was seen to have started: nothing goes by that but who is to be evicted. */
  readonly starts: number[] = [];
  private entries: number[] = [];
  private start = 0;

  /** Where the log ends now. */
  get position(): number {
    return this.start + this.entries.length;
  }

  /** A node changed; `fixed` when it was the node object, not its pods. */
  add(node: NodeIndex, fixed: boolean): void {
    this.touched[node] = this.position + 1;
    if (fixed) this.objectTouched[node] = this.position + 1;
    this.entries.push((node << 1) | (fixed ? 1 : 0));
    if (this.entries.length <= LIMIT) return;
    this.entries = this.entries.slice(LIMIT >> 1);
    this.start += LIMIT >> 1;
  }

  /** A pod of a node was seen to have started. */
  started(node: NodeIndex): void {
    this.starts[node] = (this.starts[node] ?? 0) + 1;
  }

  /**
   * Calls `visit` for every change since `position`; nodes may come several times. Returns false when the log no
   * longer reaches back that far.
   */
  since(position: number, visit: (node: NodeIndex, fixed: boolean) => void): boolean {
    if (position < this.start) return false;
    const { entries } = this;
    for (let at = position - this.start; at < entries.length; at++) {
      const entry = entries[at] as number;
      visit(entry >> 1, (entry & 1) === 1);
    }
    return true;
  }
}
