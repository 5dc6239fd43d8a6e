import { type Micros, SECOND } from "../engine/time.ts";

/** Millicores that requests cost a pod since a time. */
interface LoadPiece {
  readonly from: Micros;
  readonly cpu: number;
}

/** What of a pod's load is remembered: enough for the windows that anybody reads. */
const REMEMBERED: Micros = 60 * SECOND;

/** CPU that traffic costs each pod, over the last minute. */
export class PodLoads {
  readonly #pieces = new Map<string, readonly LoadPiece[]>();

  /** A pod works this much for requests from now on, in millicores. */
  set(podKey: string, cpu: number, now: Micros): void {
    const before = this.#pieces.get(podKey) ?? [];
    if ((before.at(-1)?.cpu ?? 0) === cpu) return;
    // The piece that was current a minute ago stays; older ones nobody can ask for.
    let keep = before.findLastIndex((piece) => piece.from <= now - REMEMBERED);
    if (keep < 0) keep = 0;
    this.#pieces.set(podKey, [...before.slice(keep), { from: now, cpu }]);
  }

  /** The pod is gone. */
  forget(podKey: string): void {
    this.#pieces.delete(podKey);
  }

  /** Millicores now. */
  cpuAt(podKey: string): number {
    return this.#pieces.get(podKey)?.at(-1)?.cpu ?? 0;
  }

  /** Millicore-seconds between two times. */
  cpuBetween(podKey: string, from: Micros, to: Micros): number {
    const pieces = this.#pieces.get(podKey);
    if (pieces === undefined) return 0;
    let sum = 0;
    pieces.forEach((piece, at) => {
      const begin = Math.max(from, piece.from);
      const end = Math.min(to, pieces[at + 1]?.from ?? to);
      if (end > begin) sum += piece.cpu * ((end - begin) / SECOND);
    });
    return sum;
  }

  save(): unknown {
    return [...this.#pieces];
  }

  load(state: unknown): void {
    this.#pieces.clear();
    for (const [key, pieces] of state as [string, readonly LoadPiece[]][])
      this.#pieces.set(key, pieces);
  }
}
