import type { Key, KubeObject } from "../../api/object.ts";
import type { Micros } from "../../engine/time.ts";

/** The state of a cluster at an instant, as expressions read it: the store itself, or a state rebuilt from a journal. */
export interface StateView {
  readonly now: Micros;
  get(kind: string, key: Key): KubeObject | undefined;
  list(kind: string): Iterable<KubeObject>;
}
