import type { Job } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

/** How many indexes a text like `0,2-4` names. */
function countIndexes(text: string): number {
  let count = 0;
  for (const part of text.split(",")) {
    const [first = "", last = first] = part.split("-");
    if (first !== "") count += Number(last) - Number(first) + 1;
  }
  return count;
}

/** An Indexed Job's successes are its completed indexes. */
export const indexSucceedsOnce: Invariant = {
  name: "index-succeeds-once",
  number: 19,
  description: "An Indexed Job counts one success for each completed index.",
  watch: () => ({
    take: (entry) => {
      if (entry.kind !== "change" || entry.collection !== "Job") return undefined;
      const job = entry.after as Job | undefined;
      if (job?.spec?.completionMode !== "Indexed") return undefined;
      const { succeeded = 0, completedIndexes = "" } = job.status ?? {};
      const indexes = countIndexes(completedIndexes);
      return succeeded === indexes
        ? undefined
        : `job ${entry.key} counts ${succeeded} successes for ${indexes} indexes (${completedIndexes})`;
    },
  }),
};
