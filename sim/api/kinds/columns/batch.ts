import { parseTimestamp } from "../../meta/time.ts";
import type { CronJob, Job } from "../../types.gen.ts";
import { ageOf, humanDuration } from "./duration.ts";
import type { KindPrinter, PrintContext } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { boolText, containerCells, selectorText } from "./text.ts";

function jobStatus({ metadata, status }: Job): string {
  const holds = (wanted: string): boolean =>
    status?.conditions?.find(({ type }) => type === wanted)?.status === "True";
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (holds("Suspended")) return "Suspended";
  if (holds("FailureTarget")) return "FailureTarget";
  return holds("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: Job, { now }: PrintContext): string {
  const start = parseTimestamp(status?.startTime);
  if (start === undefined) return "";
  return humanDuration((parseTimestamp(status?.completionTime) ?? now) - start);
}

const wide = ["Containers|string|wide", "Images|string|wide", "Selector|string|wide"] as const;

export const jobPrinter: KindPrinter = printer<Job>(
  columns("Name", "Status", "Completions", "Duration", "Age", ...wide),
  (job, context) => [
    job.metadata.name,
    jobStatus(job),
    completions(job),
    jobDuration(job, context),
    age(job, context),
    ...containerCells(job.spec?.template.spec?.containers),
    selectorText(job.spec?.selector),
  ],
);

export const cronJobPrinter: KindPrinter = printer<CronJob>(
  columns(
    "Name",
    "Schedule",
    "Timezone",
    "Suspend|boolean",
    "Active|integer",
    "Last Schedule",
    "Age",
    ...wide,
  ),
  (object, context) => {
    const { spec, status } = object;
    const last = status?.lastScheduleTime;
    return [
      object.metadata.name,
      spec?.schedule ?? "",
      spec?.timeZone ?? "<none>",
      boolText(spec?.suspend),
      status?.active?.length ?? 0,
      last === undefined ? "<none>" : ageOf(last, context.now),
      age(object, context),
      ...containerCells(spec?.jobTemplate.spec?.template.spec?.containers),
      selectorText(spec?.jobTemplate.spec?.selector),
    ];
  },
);
