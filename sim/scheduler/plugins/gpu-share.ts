import { argsRecord, listArg, wordArg } from "../framework/args.ts";
import { SchedulerError } from "../framework/error.ts";
import { scaleToSpan } from "../framework/normalize.ts";
import type { Plugin, PluginFactory } from "../framework/plugin.ts";
import { unresolvable, unschedulable } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import { amountOf } from "../snapshot/resources.ts";
import { DeviceLedger, GPU_MILLI, gpuPodOf, INDEX_ANNOTATION } from "./gpu/device-ledger.ts";
import { type TypicalPod, typicalPods } from "./gpu/fragmentation.ts";
import { gpusFit } from "./gpu/gpu-node.ts";
import { fgd, type GpuPolicy, gpuPolicies } from "./gpu/gpu-policy.ts";

const NAME = "GpuShare";
const MALFORMED = unresolvable(`${GPU_MILLI} must be below 1000 or a multiple of it`);
const NO_DEVICE = unschedulable(`Insufficient ${GPU_MILLI} on one device`);

function typicalArg(raw: unknown): readonly TypicalPod[] | undefined {
  const list = listArg<unknown>(raw, NAME, "typicalPods");
  if (list === undefined || list.length === 0) return undefined;
  const pods = list.map((each) => {
    const { cpu, gpuMilli = 0, models, count = 1 } = argsRecord(each, NAME);
    const milli = typeof gpuMilli === "number" ? gpuMilli : Number.NaN;
    const gpu = gpuPodOf(amountOf("cpu", String(cpu ?? "0")), milli);
    if (gpu === undefined || typeof count !== "number" || !(count > 0))
      throw new SchedulerError(
        `args.typicalPods: expected {cpu, gpuMilli, models, count}, got ${JSON.stringify(each)}`,
        { plugin: NAME },
      );
    const accepted = listArg<string>(models, NAME, "typicalPods.models");
    return { pod: accepted === undefined ? gpu : { ...gpu, models: accepted }, count };
  });
  let total = 0;
  for (const { count } of pods) total += count;
  return pods.map(({ pod, count }) => ({ ...pod, share: count / total }));
}

/** Typical pods when nothing is known of the workload: more of the same. */
function alike(pod: PodInfo): readonly TypicalPod[] {
  const own = gpuPodOf(pod.traits.milliCpu, DeviceLedger.milliOf(pod));
  return own === undefined ? [] : typicalPods([own]);
}

/** The extension points of a policy over a ledger of devices. */
function pointsOf(
  policy: GpuPolicy,
  typical: readonly TypicalPod[] | undefined,
  ledger: DeviceLedger,
): Omit<Plugin, "name"> {
  return {
    wakesOn: [
      { resource: "AssignedPod", actions: ["delete"] },
      { resource: "Node", actions: ["add", "update-allocatable"] },
    ],
    preFilter: (pod) => {
      const milli = DeviceLedger.milliOf(pod);
      if (milli === 0) return "skip";
      return gpuPodOf(0, milli) === undefined ? { reject: MALFORMED } : undefined;
    },
    filter: {
      dependsOn: "node-pods",
      filter: (pod, snapshot) => {
        const wanted = gpuPodOf(pod.traits.milliCpu, DeviceLedger.milliOf(pod));
        return (node) =>
          wanted === undefined || gpusFit(wanted, ledger.nodeOf(node, snapshot))
            ? undefined
            : NO_DEVICE;
      },
    },
    score: {
      dependsOn: "node-pods",
      ...(policy.spread ? { normalize: scaleToSpan } : {}),
      score: (pod, snapshot) => {
        const wanted = gpuPodOf(pod.traits.milliCpu, DeviceLedger.milliOf(pod));
        if (wanted === undefined) return "skip";
        const workload = { typical: typical ?? alike(pod) };
        return (node) => {
          const place = ledger.nodeOf(node, snapshot);
          return policy.place(place, wanted, ledger.hostedOn(node, snapshot), workload).score;
        };
      },
    },
    reserve: (pod, name, snapshot) => {
      const node = snapshot.find(name);
      const wanted = gpuPodOf(pod.traits.milliCpu, DeviceLedger.milliOf(pod));
      ledger.forgetSettled(snapshot);
      if (node === undefined || wanted === undefined || wanted.gpus === 0) return undefined;
      const place = ledger.nodeOf(node, snapshot);
      const hosted = ledger.hostedOn(node, snapshot);
      const workload = { typical: typical ?? alike(pod) };
      ledger.assume(pod, policy.place(place, wanted, hosted, workload).devices);
      return undefined;
    },
    unreserve: (pod) => ledger.forget(pod),
    preBind: (pod, _node, _snapshot, writes) => {
      const devices = ledger.assumedFor(pod);
      if (devices !== undefined) writes.annotate({ [INDEX_ANNOTATION]: devices.join("-") });
      return undefined;
    },
    state: ledger,
  };
}

/**
 * GPU sharing: a pod that requests less than 1000 of `alibabacloud.com/gpu-milli` must find it on one device, a
 * multiple takes that many free devices; the devices are written to the pod as `alibabacloud.com/gpu-index` (form of
 * alibaba/open-simulator, with the total as the request). `args.policy` scores: FGD (the default), BestFit,
 * DotProd, GpuPacking or GpuClustering; `args.typicalPods` tells FGD what the cluster usually runs.
 */
export const gpuShare: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const args = argsRecord(raw, NAME);
    const names = gpuPolicies.map(({ name }) => name);
    const name = wordArg(args["policy"], names, fgd.name, { plugin: NAME, field: "policy" });
    const policy = gpuPolicies.find((each) => each.name === name) ?? fgd;
    return {
      name: NAME,
      ...pointsOf(policy, typicalArg(args["typicalPods"]), new DeviceLedger()),
    };
  },
};
