import { stringify } from "yaml";
import { isApiError } from "../../../api/api-error.ts";
import { findCondition } from "../../../api/meta/conditions.ts";
import { microTimestamp, parseTimestamp, timestamp } from "../../../api/meta/time.ts";
import type { Node } from "../../../api/types.gen.ts";
import type { Micros } from "../../../engine/time.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import { type NodeGroup, nodesOf } from "../node-group.ts";
import type { ScalerOptions, ScalerState } from "./state.ts";

const NAME = "cluster-autoscaler-status";
const NAMESPACE = "kube-system";
const UPDATED = "cluster-autoscaler.kubernetes.io/last-updated";
/** The ConfigMap in which the autoscaler tells how it does, and which its own events are about. */
export const STATUS = { kind: "ConfigMap", apiVersion: "v1", namespace: NAMESPACE, name: NAME };

/** What the status says of the cluster or of a group, besides times. */
interface Part {
  readonly healthy: boolean;
  readonly counts: object;
  readonly scaleUp: "InProgress" | "Backoff" | "NoActivity";
  readonly candidates: number;
}

/**
 * Writes the status (upstream `WriteStatusConfigMap`) when it says something new. Upstream writes it at every scan: here
 * the time of the last look is that of the last change.
 */
export function writeStatus(
  state: ScalerState,
  groups: readonly NodeGroup[],
  healthy: boolean,
  options: ScalerOptions,
  { client, now }: ReconcileContext,
): ScalerState {
  const said = { ...state.said };
  const times = (of: string, status: string): object => {
    const before = said[of];
    const since = before?.status === status ? before.since : now;
    said[of] = { status, since };
    return { lastProbeTime: timestamp(now), lastTransitionTime: timestamp(since) };
  };
  const render = (of: string, part: Part, more: object): object => {
    const health = part.healthy ? "Healthy" : "Unhealthy";
    const down = part.candidates > 0 ? "CandidatesPresent" : "NoCandidates";
    return {
      health: {
        status: health,
        nodeCounts: part.counts,
        ...more,
        ...times(`${of}/health`, health),
      },
      scaleUp: { status: part.scaleUp, ...times(`${of}/up`, part.scaleUp) },
      scaleDown: {
        status: down,
        ...(part.candidates > 0 ? { candidates: part.candidates } : {}),
        ...times(`${of}/down`, down),
      },
    };
  };
  const all = [...client.list("Node")];
  const coming = state.upcoming.length > 0;
  const text = stringify(
    {
      time: goTime(now),
      autoscalerStatus: "Running",
      clusterWide: render(
        "",
        {
          healthy,
          counts: countsOf(all, state, options, now),
          scaleUp: coming ? "InProgress" : "NoActivity",
          candidates: Object.keys(state.unneeded).length,
        },
        {},
      ),
      nodeGroups: groups.map((group) => {
        const nodes = nodesOf(client, group);
        const upcoming = state.upcoming.filter((one) => one.group === group.name);
        const names = new Set(nodes.map(({ metadata }) => metadata.name));
        const target = nodes.length + upcoming.filter(({ name }) => !names.has(name)).length;
        const paused = (state.backOff[group.name]?.until ?? 0) > now;
        const part: Part = {
          healthy,
          counts: countsOf(nodes, state, options, now),
          scaleUp: upcoming.length > 0 ? "InProgress" : paused ? "Backoff" : "NoActivity",
          candidates: nodes.filter(({ metadata }) => state.unneeded[metadata.name] !== undefined)
            .length,
        };
        const bounds = { cloudProviderTarget: target, minSize: group.min, maxSize: group.max };
        return { name: group.name, ...render(group.name, part, bounds) };
      }),
    },
    { indentSeq: false, lineWidth: 0 },
  );
  write(text, { client, now });
  return { ...state, said };
}

/** Nodes by how they are: ready, not yet, no longer. */
function countsOf(
  nodes: readonly Node[],
  { draining }: ScalerState,
  { maxNodeProvisionTime }: ScalerOptions,
  now: Micros,
): object {
  const counts = { total: nodes.length, ready: 0, notStarted: 0 };
  let [leaving, unready] = [0, 0];
  for (const { metadata, status } of nodes) {
    const born = parseTimestamp(metadata.creationTimestamp) ?? 0;
    if (draining[metadata.name] !== undefined) leaving++;
    else if (findCondition(status?.conditions, "Ready")?.status === "True") counts.ready++;
    else if (now < born + maxNodeProvisionTime) counts.notStarted++;
    else unready++;
  }
  return {
    registered: {
      ...counts,
      ...(leaving > 0 ? { beingDeleted: leaving } : {}),
      ...(unready > 0 ? { unready: { total: unready, resourceUnready: 0 } } : {}),
    },
    longUnregistered: 0,
    unregistered: 0,
  };
}

const TIMES = /^ *(time|lastProbeTime|lastTransitionTime): .*\n/gm;

function write(status: string, { client, now }: Pick<ReconcileContext, "client" | "now">): void {
  const known = client.live("ConfigMap", `${NAMESPACE}/${NAME}`);
  const before = known?.data?.["status"];
  if (before?.replace(TIMES, "") === status.replace(TIMES, "")) return;
  const annotations = { ...known?.metadata.annotations, [UPDATED]: goTime(now) };
  const data = { ...known?.data, status };
  try {
    if (known === undefined) {
      const metadata = { name: NAME, namespace: NAMESPACE, annotations };
      client.create("ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata, data });
    } else {
      const metadata = { ...known.metadata, annotations };
      client.update("ConfigMap", { ...known, metadata, data });
    }
  } catch (error) {
    // The next scan will do: nothing depends on it.
    if (!isApiError(error)) throw error;
  }
}

/** A time as Go prints it. */
function goTime(time: Micros): string {
  const [day = "", rest = ""] = microTimestamp(time).split("T");
  return `${day} ${rest.replace(/\.?0*Z$/, "")} +0000 UTC`;
}
