import { defineFault } from "./fault.ts";
import { ledComponent } from "./targets.ts";

/** A leader cannot reach the API server: it gives up after ten seconds, before another one may follow. */
export const leaderPartition = defineFault<number | undefined>({
  name: "leader-partition",
  description:
    "The leader of a component (the controller manager unless told) cannot reach the API server; another replica takes over when the lease has expired.",
  targets: ["component"],
  parameters: {},
  begin: ({ leader }, fault) => leader(ledComponent(fault)).lose("partition"),
  end: ({ leader }, fault, replica) => {
    if (replica !== undefined) leader(ledComponent(fault)).return(replica);
  },
});
