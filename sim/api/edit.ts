import { type Draft, produce, setAutoFreeze } from "immer";
import type { KubeObject } from "./object.ts";

// Freezing costs a third and more of a write; tests that look for mutations freeze for themselves.
setAutoFreeze(false);

/**
 * The next version of one object, written as if it were changed in place; everything the recipe does not touch is shared.
 * The way to write deep changes; the hottest writers build their objects by spread instead, behind a named function.
 */
export function edit<T extends KubeObject>(object: T, recipe: (draft: Draft<T>) => void): T {
  return produce(object, (draft) => {
    recipe(draft);
  });
}
