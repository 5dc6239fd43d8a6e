import { matchesSelector, requirementHolds } from "../../../api/meta/selector.ts";
import { parseTimestamp } from "../../../api/meta/time.ts";
import type { Node, NodeSelectorTerm, Pod, PodAffinityTerm } from "../../../api/types.gen.ts";
import { SECOND } from "../../../engine/time.ts";
import { flagOf, numberOf } from "../add-on-config.ts";
import {
  evictablePods,
  fitsElsewhere,
  leastImportantFirst,
  podsOn,
  type Strategy,
  toleratesTaints,
} from "./strategy.ts";

/** Pods that do not tolerate the NoSchedule taints of the node they run on. */
export const nodeTaints: Strategy = {
  name: "RemovePodsViolatingNodeTaints",
  victims({ client, nodes }, settings) {
    const soft = flagOf(settings, "includePreferNoSchedule", false) ? ["PreferNoSchedule"] : [];
    return nodes.flatMap((node) =>
      evictablePods(client, node.metadata.name).filter(
        (pod) => !toleratesTaints(pod, node, ["NoSchedule", ...soft]),
      ),
    );
  },
};

/**
 * Pods that want to be alone from another one in their domain (upstream `CheckPodsWithAntiAffinityExist`), the least
 * important first: when one goes, those that it kept apart may stay.
 */
export const antiAffinity: Strategy = {
  name: "RemovePodsViolatingInterPodAntiAffinity",
  victims({ client, nodes }) {
    const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
    const present = new Set(nodes.flatMap(({ metadata }) => podsOn(client, metadata.name)));
    const victims: Pod[] = [];
    for (const { metadata } of nodes)
      for (const pod of leastImportantFirst(evictablePods(client, metadata.name))) {
        if (![...present].some((other) => other !== pod && repels(pod, other, byName))) continue;
        victims.push(pod);
        present.delete(pod);
      }
    return victims;
  },
};

function repels(pod: Pod, other: Pod, nodes: ReadonlyMap<string, Node>): boolean {
  const terms = pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const domain = ({ spec }: Pod, key: string): string | undefined =>
    nodes.get(spec?.nodeName ?? "")?.metadata.labels?.[key];
  return (terms ?? []).some((term) => {
    const own = domain(pod, term.topologyKey);
    return (
      own !== undefined && own === domain(other, term.topologyKey) && selects(term, pod, other)
    );
  });
}

function selects({ labelSelector, namespaces }: PodAffinityTerm, pod: Pod, other: Pod): boolean {
  const wanted = namespaces ?? [pod.metadata.namespace ?? ""];
  return (
    wanted.includes(other.metadata.namespace ?? "") &&
    matchesSelector(labelSelector)(other.metadata.labels)
  );
}

/** Pods whose required node affinity their node does not fulfil any more, while another would. */
export const nodeAffinity: Strategy = {
  name: "RemovePodsViolatingNodeAffinity",
  victims(view) {
    return view.nodes.flatMap((node) =>
      evictablePods(view.client, node.metadata.name).filter(
        (pod) => !isWanted(pod, node) && fitsElsewhere(pod, view),
      ),
    );
  },
};

function isWanted(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selector = pod.spec?.nodeSelector ?? {};
  if (Object.entries(selector).some(([key, value]) => labels[key] !== value)) return false;
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => termHolds(term, node));
}

function termHolds(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: Node,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { "metadata.name": node.metadata.name };
  return (
    matchExpressions.every((one) => requirementHolds(one, node.metadata.labels ?? {})) &&
    matchFields.every((one) => requirementHolds(one, fields))
  );
}

/** Pods whose containers restarted too often (`podRestartThreshold`). */
export const tooManyRestarts: Strategy = {
  name: "RemovePodsHavingTooManyRestarts",
  victims({ client }, settings) {
    const threshold = numberOf(settings, "podRestartThreshold", 100);
    return evictablePods(client).filter(({ status }) => {
      let restarts = 0;
      for (const { restartCount } of status?.containerStatuses ?? []) restarts += restartCount;
      return restarts >= threshold;
    });
  },
};

/** Pods older than `maxPodLifeTimeSeconds`. */
export const podLifeTime: Strategy = {
  name: "PodLifeTime",
  victims({ client, now }, settings) {
    const oldest = now - numberOf(settings, "maxPodLifeTimeSeconds", 86_400) * SECOND;
    return evictablePods(client).filter(
      ({ metadata }) => (parseTimestamp(metadata.creationTimestamp) ?? now) < oldest,
    );
  },
};
