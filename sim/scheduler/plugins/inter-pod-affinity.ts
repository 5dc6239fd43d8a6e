import { argsRecord, integerArg } from "../framework/args.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import type { AffinityTerm } from "../snapshot/affinity-term.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { AffinityFilter, repelling } from "./affinity/affinity-filter.ts";
import { AffinityScore, type AffinityWeights } from "./affinity/affinity-score.ts";

import { bringsTogether } from "./hints/affinity.ts";

const NAME = "InterPodAffinity";

function isRequired({ kind }: AffinityTerm): boolean {
  return kind === "required-affinity" || kind === "required-anti-affinity";
}

/** Whether any rule could refuse a node for this pod. */
function concerned({ traits }: PodInfo, snapshot: Snapshot): boolean {
  if (traits.terms.some(isRequired)) return true;
  return repelling(snapshot, traits).some(({ term, counts }) => {
    const { values } = snapshot.labelColumn(term.topologyKey);
    return snapshot
      .order()
      .some((node) => (counts[node] as number) > 0 && (values[node] as number) >= 0);
  });
}

/** Pod affinity and anti-affinity: required terms filter, preferred terms score. */
export const interPodAffinity: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const known = ["hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods"];
    const args = argsRecord(raw, NAME, known);
    const place = { plugin: NAME, field: "hardPodAffinityWeight" };
    const weights: AffinityWeights = {
      hardPodAffinityWeight: integerArg(
        args["hardPodAffinityWeight"],
        1,
        { min: 0, max: 100 },
        place,
      ),
      ignorePreferredTermsOfExistingPods: args["ignorePreferredTermsOfExistingPods"] === true,
    };
    return {
      name: NAME,
      wakesOn: [
        hinted("AssignedPod", ["add", "delete", "update-label"], bringsTogether),
        { resource: "Node", actions: ["add", "update-label"] },
        { resource: "TargetPod", actions: ["update-label"] },
      ],
      preFilter: (pod, snapshot) => (concerned(pod, snapshot) ? undefined : "skip"),
      filter: {
        dependsOn: "cluster",
        filter: (pod, snapshot) => new AffinityFilter(pod, snapshot),
      },
      score: {
        dependsOn: "cluster",
        score: (pod, snapshot) => {
          const own = pod.traits.terms.some((term) => !isRequired(term));
          if (weights.ignorePreferredTermsOfExistingPods && !own) return "skip";
          return new AffinityScore(pod, snapshot, weights);
        },
      },
    };
  },
};
