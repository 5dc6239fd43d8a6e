import { SECOND } from "../engine/time.ts";
import { defineFault } from "./fault.ts";
import { spanOf, targetOf } from "./targets.ts";

/** How long the next leader takes over: lease 15 s, retry 2 s (client-go leader election). */
const FAILOVER = 17 * SECOND;

/** A controller's process ends: queue, expectations and waiting writes are lost. */
export const controllerCrash = defineFault<void>({
  name: "controller-crash",
  description:
    "A controller's process ends; it starts afresh after the fault's time (17 s: a failover).",
  targets: ["controller"],
  parameters: {},
  begin: ({ controllers }, fault) => {
    const name = targetOf(fault, "controller")["controller"];
    const names = name === undefined ? controllers.names() : [String(name)];
    for (const wanted of names) {
      if (!controllers.names().includes(wanted))
        throw new RangeError(`controller-crash: no controller ${JSON.stringify(wanted)}`);
      controllers.crash(wanted, spanOf(fault, "for", FAILOVER));
    }
  },
});
