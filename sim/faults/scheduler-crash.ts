import { defineFault } from "./fault.ts";
import { spanOf } from "./targets.ts";

/** The scheduler's leader ends: its queue and the bindings it had not sent are lost. */
export const schedulerCrash = defineFault<void>({
  name: "scheduler-crash",
  description:
    "The scheduler's leader ends; another takes over when the lease has expired (14 to 18 s), this one starts again after the fault's time.",
  targets: [],
  parameters: {},
  begin: ({ leader }, fault) => {
    leader("scheduler").lose("crash", spanOf(fault, "for", 0));
  },
});
