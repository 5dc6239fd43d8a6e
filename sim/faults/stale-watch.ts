import { MINUTE } from "../engine/time.ts";
import { defineFault } from "./fault.ts";
import { spanOf, targetOf } from "./targets.ts";

/** A component reads from a watch cache that stands still. */
export const staleWatch = defineFault<void>({
  name: "stale-watch",
  description:
    "A component hears of no changes for a while (a minute unless told): its caches are stale.",
  targets: ["component"],
  parameters: {},
  begin: ({ engine, informers }, fault) => {
    const component = targetOf(fault, "component")["component"] ?? "controller-manager";
    informers.freeze(String(component), engine.now + spanOf(fault, "for", MINUTE));
  },
});
