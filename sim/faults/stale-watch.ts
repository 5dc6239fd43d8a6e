import { MINUTE, type Micros } from "../engine/time.ts";
import { defineFault, type FaultSpec } from "./fault.ts";
import { spanOf, targetOf } from "./targets.ts";

/** A component reads from a watch cache that stands still. */
export const staleWatch = defineFault<Micros>({
  name: "stale-watch",
  description:
    "A component hears of no changes for a while (a minute unless told): its caches are stale.",
  lasts: MINUTE,
  targets: ["component"],
  parameters: {},
  begin: ({ engine, informers }, fault) => {
    const until = engine.now + spanOf(fault, "for", MINUTE);
    informers.freeze(componentOf(fault), until);
    return until;
  },
  end: ({ informers }, fault, until) => informers.thaw(componentOf(fault), until),
});

function componentOf(fault: FaultSpec): string {
  return String(targetOf(fault, "component")["component"] ?? "controller-manager");
}
