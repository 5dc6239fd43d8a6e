import { watchInvariant } from "../../sim/check/registry.ts";
import { parseSpan } from "../../sim/engine/time.ts";
import type { RunOptions } from "../../sim/scenario/run/scenario-run.ts";
import type { Arguments } from "../command.ts";
import { UsageError } from "../io.ts";
import { schedulerName } from "../modules/given.ts";
import { version } from "../version.ts";

/** Options of a run that the command line gives. */
export function runOptions(args: Arguments): RunOptions {
  const seed = args.text("seed");
  const scheduler = schedulerName(args);
  const until = args.text("until");
  const end = until === undefined ? undefined : parseSpan(until);
  if (until !== undefined && end === undefined)
    throw new UsageError(`--until: expected a duration like 5m, got ${JSON.stringify(until)}`);
  return {
    detail: "digest",
    version: version(),
    invariants: watchInvariant,
    ...(seed === undefined ? {} : { seed }),
    ...(scheduler === undefined ? {} : { scheduler }),
    ...(end === undefined ? {} : { until: end }),
  };
}
