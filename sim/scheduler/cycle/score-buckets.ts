import { RankSet } from "./rank-set.ts";

/** Nodes of one cell by their local score; the best score is found without a scan. */
export class ScoreBuckets {
  private readonly byScore = new Map<number, RankSet>();
  /** Scores with a bucket, as a heap with the highest on top; may hold scores whose bucket is empty. */
  private readonly heap: number[] = [];
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(score: number, rank: number): void {
    let bucket = this.byScore.get(score);
    if (bucket === undefined) {
      bucket = new RankSet(this.capacity);
      this.byScore.set(score, bucket);
      this.push(score);
    }
    bucket.add(rank);
  }

  remove(score: number, rank: number): void {
    this.byScore.get(score)?.remove(rank);
  }

  /** The nodes with the highest score; `undefined` when there is none. */
  best(): { readonly score: number; readonly ranks: RankSet } | undefined {
    for (;;) {
      const score = this.heap[0];
      if (score === undefined) return undefined;
      const ranks = this.byScore.get(score);
      if (ranks !== undefined && ranks.size > 0) return { score, ranks };
      this.byScore.delete(score);
      this.pop();
    }
  }

  private push(score: number): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(score);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as number) >= score) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = score;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop() as number;
    const length = heap.length;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && (heap[child + 1] as number) > (heap[child] as number)) child++;
      if ((heap[child] as number) <= last) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = last;
  }
}
