import type { QuizSpec } from "../schema/parts.ts";

/** What a step entry of the journal says. */
export type StepRecord =
  | {
      readonly id: string;
      readonly what: "begin";
      /** From 0. */
      readonly occurrence: number;
      /** The whole of it in one line. */
      readonly text: string;
      /** What it does to the cluster. */
      readonly action?: string;
      readonly say?: string;
      readonly quiz?: QuizSpec;
      readonly checkpoint?: string;
    }
  | { readonly id: string; readonly what: "note" | "error" | "skip"; readonly text: string };
