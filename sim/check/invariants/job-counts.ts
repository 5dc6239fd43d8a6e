import type { Job } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

function finished({ status }: Job): string | undefined {
  const ends = (status?.conditions ?? [])
    .filter(({ type, status: value }) => value === "True" && /^(Complete|Failed)$/.test(type))
    .map(({ type }) => type);
  return ends.length === 0 ? undefined : ends.join(" and ");
}

/** A Job counts each success once, and ends once. */
export const jobCounts: Invariant = {
  name: "job-counts",
  number: 18,
  description:
    "A Job's successes never get fewer and never exceed its completions; it ends once, as Complete or as Failed.",
  watch: () => ({
    take: (entry) => {
      if (entry.kind !== "change" || entry.collection !== "Job") return undefined;
      const before = entry.before as Job | undefined;
      const after = entry.after as Job | undefined;
      if (after === undefined) return undefined;
      const [was, is] = [before === undefined ? undefined : finished(before), finished(after)];
      if (is === "Complete and Failed" || is === "Failed and Complete")
        return `job ${entry.key} is both Complete and Failed`;
      if (was !== undefined && was !== is)
        return `job ${entry.key} was ${was} and is ${is ?? "unfinished"} now`;
      const [had, has] = [before?.status?.succeeded ?? 0, after.status?.succeeded ?? 0];
      const completions = after.spec?.completions;
      if (has < had && before?.spec?.completions === completions)
        return `job ${entry.key} had ${had} successes and has ${has} now`;
      return completions !== undefined && has > had && has > completions
        ? `job ${entry.key} counts ${has} successes of ${completions} completions`
        : undefined;
    },
  }),
};
