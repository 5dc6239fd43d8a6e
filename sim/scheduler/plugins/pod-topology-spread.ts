import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { countsOtherwise, domainsMove } from "./hints/spread.ts";
import {
  defaultSelectionVersion,
  readyConstraints,
  spreadDefaults,
} from "./topology-spread/spread-constraints.ts";
import { SpreadFilter } from "./topology-spread/spread-filter.ts";
import { SpreadScore } from "./topology-spread/spread-score.ts";

const NAME = "PodTopologySpread";

/** Spreads pods over topology domains: hard constraints filter, soft ones score. */
export const podTopologySpread: PluginFactory = {
  name: NAME,
  create: (args) => {
    const defaults = spreadDefaults(args);
    const hard = (pod: PodInfo, snapshot: Snapshot) =>
      readyConstraints(pod, snapshot, defaults, "DoNotSchedule");
    return {
      name: NAME,
      wakesOn: [
        hinted("AssignedPod", ["add", "delete", "update-label"], (pod, before, after, snapshot) => {
          const info = snapshot.reader.read(pod);
          return countsOtherwise(hard(info, snapshot), info, before, after);
        }),
        hinted(
          "Node",
          ["add", "delete", "update-label", "update-taint"],
          (pod, before, after, snapshot) =>
            domainsMove(hard(snapshot.reader.read(pod), snapshot), before, after),
        ),
        { resource: "TargetPod", actions: ["update-label"] },
      ],
      version: ({ pod }, snapshot) =>
        (pod.spec.topologySpreadConstraints ?? []).length > 0
          ? 0
          : defaultSelectionVersion(pod, snapshot),
      preFilter: (pod, snapshot) => (hard(pod, snapshot).length === 0 ? "skip" : undefined),
      filter: {
        dependsOn: "cluster",
        filter: (pod, snapshot) => new SpreadFilter(pod, snapshot, hard(pod, snapshot)),
      },
      score: {
        dependsOn: "cluster",
        score: (pod, snapshot) => {
          const soft = readyConstraints(pod, snapshot, defaults, "ScheduleAnyway");
          if (soft.length === 0) return "skip";
          const own = (pod.pod.spec.topologySpreadConstraints ?? []).length > 0;
          return new SpreadScore(snapshot, soft, own || !defaults.system);
        },
      },
    };
  },
};
