import { defineFault } from "./fault.ts";
import { numberOf, spanOf, targetOf } from "./targets.ts";

/**
 * The controller manager's leader ends, with all controllers: the next leader starts them when the Lease has expired.
 * Of one controller alone the queue, expectations and waiting writes are lost.
 */
export const controllerCrash = defineFault<void>({
  name: "controller-crash",
  description:
    "The controller manager's leader ends; another takes over when the lease has expired (14 to 18 s), this one starts again after the fault's time. Of a named controller: it starts afresh after the fault's time, or as after a failover.",
  targets: ["controller"],
  parameters: {
    writes: {
      type: "integer",
      description:
        "Of a named controller: it ends right behind so many more writes, and starts again at once.",
    },
  },
  begin: ({ controllers, leader }, fault) => {
    const name = targetOf(fault, "controller")["controller"];
    const election = leader("controller-manager");
    if (name === undefined) {
      election.lose("crash", spanOf(fault, "for", 0));
      return;
    }
    const wanted = String(name);
    if (!controllers.names().includes(wanted))
      throw new RangeError(`controller-crash: no controller ${JSON.stringify(wanted)}`);
    if (fault["writes"] !== undefined) {
      controllers.crashAfterWrites(wanted, numberOf(fault, "writes", 1, 1, 1_000_000));
      return;
    }
    controllers.crash(wanted, spanOf(fault, "for", election.gap));
  },
});
