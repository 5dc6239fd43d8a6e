import { defineFault } from "./fault.ts";
import { ledComponent } from "./targets.ts";

/** A leader's process stands still, and goes on with what it knew: nothing fences it. */
export const leaderPause = defineFault<number | undefined>({
  name: "leader-pause",
  description:
    "The process of a component's leader (the controller manager's unless told) stands still; when it goes on it still writes what it had in mind, although another one may lead.",
  targets: ["component"],
  parameters: {},
  begin: ({ leader }, fault) => leader(ledComponent(fault)).lose("pause"),
  end: ({ leader }, fault, replica) => {
    if (replica !== undefined) leader(ledComponent(fault)).return(replica);
  },
});
