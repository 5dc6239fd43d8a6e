import type { KubeObject } from "../../api/object.ts";
import type { StateView } from "../expect/state-view.ts";

/** How an object is doing, and why. */
export interface Health {
  /**
   * fine: does what it should · waiting: not there yet · failing: something is wrong · stored: it only is, nothing here
   * acts on it · kept: its kind is not served · refused: the API said no · gone.
   */
  readonly state: "fine" | "waiting" | "failing" | "stored" | "kept" | "refused" | "gone";
  readonly why: string;
}

/** Says how an object of a kind is doing, from it and from what else there is. */
export type HealthRule = (object: KubeObject, view: StateView) => Health;
