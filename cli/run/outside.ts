import { type OutsideInput, replayInput } from "../../server/outside-input.ts";
import type { RestApi } from "../../sim/api/rest/rest-api.ts";
import { restOf } from "../../sim/cluster/rest.ts";
import type { Cluster } from "../../sim/cluster.ts";
import type { OutsideAct } from "../../sim/scenario/run/scenario-run.ts";

/** The requests of a live session as acts of a run: each is made again at its time. */
export function outsideActs(inputs: readonly OutsideInput[]): readonly OutsideAct[] {
  const doors = new WeakMap<Cluster, RestApi>();
  return inputs.map((input) => ({
    at: input.at,
    play: (cluster) => {
      const rest = doors.get(cluster) ?? restOf(cluster);
      doors.set(cluster, rest);
      replayInput(cluster, rest, input);
    },
  }));
}
