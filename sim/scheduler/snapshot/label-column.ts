import type { NodeIndex } from "./node-index.ts";

/** The values of one node label as small numbers, for topology domains. */
export class LabelColumn {
  readonly key: string;
  /** Number of the value per node; -1 where the label is missing. */
  values: Int32Array;
  /** Text of each value number. */
  readonly texts: string[] = [];
  /** Nodes having each value. */
  readonly nodesWith: number[] = [];
  private readonly ids = new Map<string, number>();
  private shared = 0;

  constructor(key: string, capacity: number) {
    this.key = key;
    this.values = new Int32Array(capacity).fill(-1);
  }

  /** True when no two nodes share a value, as with host names: a domain is then a single node. */
  get unique(): boolean {
    return this.shared === 0;
  }

  /** Sets a node's value; `undefined` when it has none. */
  set(node: NodeIndex, text: string | undefined): void {
    const before = this.values[node] ?? -1;
    const after = text === undefined ? -1 : this.idOf(text);
    if (before === after) return;
    if (before >= 0 && this.count(before, -1) === 1) this.shared--;
    if (after >= 0 && this.count(after, 1) === 2) this.shared++;
    this.values[node] = after;
  }

  /** Makes room for more nodes. */
  grow(capacity: number): void {
    const wider = new Int32Array(capacity).fill(-1);
    wider.set(this.values);
    this.values = wider;
  }

  private idOf(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.texts.length;
    this.texts.push(text);
    this.nodesWith.push(0);
    this.ids.set(text, id);
    return id;
  }

  private count(value: number, by: number): number {
    const count = (this.nodesWith[value] ?? 0) + by;
    this.nodesWith[value] = count;
    return count;
  }
}
