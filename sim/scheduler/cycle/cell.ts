import type { PluginRejection } from "../framework/status.ts";
import type { ScoreBuckets } from "./score-buckets.ts";

/**
 * Nodes that all plugins looking beyond the node treat alike, and that have the same raw scores wherever scores are
 * normalized. Within a cell nodes differ by their local score only.
 */
export interface Cell {
  /** What each grouping plugin keys by: a domain, or a raw score. */
  readonly keys: readonly number[];
  /** Nodes that pass all local filters. */
  size: number;
  /** Built when few nodes change between decisions. */
  buckets: ScoreBuckets | undefined;
  /** Of the decision under way: the refusal of the whole cell, with its filter's position. */
  refusal: PluginRejection | undefined;
  refusalOrder: number;
  /** Of the decision under way: weighted normalized scores. */
  offset: number;
}

/** Cells by their keys. */
export class CellTable {
  readonly cells: Cell[] = [];
  private readonly pairs = new Map<number, number>();
  private readonly values = new Map<number, number>();
  private nodes = 1;
  private readonly numbers: (number | undefined)[] = [];

  /** Number of the cell with these keys; made when new. */
  indexOf(keys: readonly number[]): number {
    let at = 0;
    for (let part = 0; part < keys.length; part++) at = this.step(at, keys[part] as number);
    const known = this.numbers[at];
    if (known !== undefined) return known;
    const cell: Cell = {
      keys: [...keys],
      size: 0,
      buckets: undefined,
      refusal: undefined,
      refusalOrder: 0,
      offset: 0,
    };
    const index = this.cells.push(cell) - 1;
    this.numbers[at] = index;
    return index;
  }

  /** A walk down a tree of key values, kept flat: (place, value) → next place. */
  private step(at: number, value: number): number {
    const pair = at * 67_108_864 + this.small(value);
    let next = this.pairs.get(pair);
    if (next === undefined) {
      next = this.nodes++;
      this.pairs.set(pair, next);
    }
    return next;
  }

  private small(value: number): number {
    if (value >= 0 && value < 1_048_576 && Number.isInteger(value)) return value;
    let id = this.values.get(value);
    if (id === undefined) {
      id = 1_048_576 + this.values.size;
      this.values.set(value, id);
    }
    return id;
  }
}
