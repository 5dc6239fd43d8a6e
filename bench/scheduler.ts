import type { Node, Pod, PodSpec } from "../sim/api/types.gen.ts";
import { randomFrom } from "../sim/engine/random.ts";
import { SchedulingCore } from "../sim/scheduler/cycle/scheduling-core.ts";
import { DEFAULT_PROFILE } from "../sim/scheduler/framework/config.ts";
import { buildProfile } from "../sim/scheduler/framework/profile.ts";
import { PLUGINS } from "../sim/scheduler/plugins/registry.ts";

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";

function makeNode(index: number): Node {
  const name = `node-${String(index).padStart(5, "0")}`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { [HOST]: name, [ZONE]: `zone-${index % 10}` } },
    status: { allocatable: { cpu: "32", memory: "256Gi", pods: "110" } },
  } as unknown as Node;
}

type Extra = Partial<PodSpec>;

function makeSpec(cpu: number, memory: number, extra: Extra = {}): PodSpec {
  const requests = { cpu: `${cpu}m`, memory: `${memory}Mi` };
  return {
    containers: [{ name: "app", image: "app:1", resources: { requests } }],
    ...extra,
  } as PodSpec;
}

/** What pods of one shape share. */
interface Template {
  readonly spec: PodSpec;
  readonly labels: Readonly<Record<string, string>>;
}

let made = 0;

function makePod({ spec, labels }: Template): Pod {
  const name = `pod-${made++}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: name, labels },
    spec,
  } as unknown as Pod;
}

function makeCore(nodes: number): SchedulingCore {
  const profile = buildProfile(DEFAULT_PROFILE, PLUGINS);
  const core = new SchedulingCore([profile], randomFrom("bench"));
  for (let at = 0; at < nodes; at++) core.snapshot.addNode(makeNode(at));
  return core;
}

const APP = { app: "web" };
const selector = { labelSelector: { matchLabels: APP } };

const spread: Template = {
  labels: APP,
  spec: makeSpec(100, 200, {
    topologySpreadConstraints: [
      { ...selector, maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule" },
      { ...selector, maxSkew: 1, topologyKey: HOST, whenUnsatisfiable: "ScheduleAnyway" },
    ],
  }),
};

const antiAffinity: Template = {
  labels: APP,
  spec: makeSpec(100, 200, {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ ...selector, topologyKey: HOST }],
      },
    },
  }),
};

const preferredAffinity: Template = {
  labels: APP,
  spec: makeSpec(100, 200, {
    affinity: {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 10, podAffinityTerm: { ...selector, topologyKey: ZONE } },
        ],
      },
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 20, podAffinityTerm: { ...selector, topologyKey: HOST } },
        ],
      },
    },
  }),
};

/** `count` shapes that differ in what they request and in a label. */
function templates(count: number): readonly Template[] {
  return Array.from({ length: count }, (_, at) => ({
    labels: { app: `app-${at}` },
    spec: makeSpec(50 + (at % 40) * 5, 100 + (at % 37) * 8),
  }));
}

interface Case {
  readonly name: string;
  readonly nodes: number;
  readonly pods: number;
  readonly templates: readonly Template[];
}

function report(bench: Case, seconds: number): void {
  console.log(
    JSON.stringify({
      bench: "scheduler",
      case: bench.name,
      nodes: bench.nodes,
      shapes: bench.templates.length,
      pods: bench.pods,
      podsPerSecond: Math.round(bench.pods / seconds),
      rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    }),
  );
}

function seconds(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Schedules and assumes; every pod must find a node. */
function place(core: SchedulingCore, pods: readonly Pod[]): void {
  for (const pod of pods) {
    const { node, message } = core.schedule(pod, { explain: false });
    if (node === undefined) throw new Error(`${pod.metadata.name}: ${message}`);
    core.snapshot.addPod(pod, node);
  }
}

function measure(bench: Case): void {
  const core = makeCore(bench.nodes);
  const make = (at: number) => makePod(bench.templates[at % bench.templates.length]!);
  // A few pods of every shape first, as in a cluster that has been running.
  place(
    core,
    Array.from({ length: Math.min(bench.pods, bench.templates.length) }, (_, at) => make(at)),
  );
  const pods = Array.from({ length: bench.pods }, (_, at) => make(at));
  const time = seconds(() => place(core, pods));
  if (core.snapshot.podCount !== bench.pods + Math.min(bench.pods, bench.templates.length))
    throw new Error("not every pod was placed");
  report(bench, time);
}

const low: Template = { labels: { app: "low" }, spec: makeSpec(7500, 1000, { priority: 0 }) };
const high: Template = { labels: { app: "high" }, spec: makeSpec(7500, 1000, { priority: 1000 }) };

/** Nodes full of unimportant pods: every new pod evicts one, then takes its place. */
function measurePreemption(nodes: number, preemptors: number): void {
  const core = makeCore(nodes);
  const filling = Array.from({ length: nodes * 4 }, () => makePod(low));
  filling.forEach((pod, at) => {
    core.snapshot.addPod(pod, `node-${String(at % nodes).padStart(5, "0")}`);
  });
  const pods = Array.from({ length: preemptors }, () => makePod(high));
  let evicted = 0;
  const time = seconds(() => {
    for (const pod of pods) {
      const { victims = [], nominatedNode = "" } = core.schedule(pod, { explain: false });
      core.snapshot.nominate(pod, nominatedNode);
      for (const victim of victims) core.snapshot.removePod(victim);
      evicted += victims.length;
      const promised: Pod = { ...pod, status: { nominatedNodeName: nominatedNode } };
      place(core, [promised]);
    }
  });
  if (evicted !== preemptors) throw new Error(`${evicted} pods evicted, not ${preemptors}`);
  report({ name: "preemption", nodes, pods: preemptors, templates: [high] }, time);
}

const one: readonly Template[] = [{ labels: APP, spec: makeSpec(100, 200) }];

/** Prints one JSON line per case: pods per second of pure scheduling, every feasible node scored. */
export function run(only = ""): void {
  const wanted = (name: string) => only === "" || name.startsWith(only);
  for (const nodes of [500, 5_000, 50_000]) {
    const each = nodes === 500 ? 10_000 : 20_000;
    const cases: readonly Case[] = [
      { name: "basic", nodes, pods: nodes === 500 ? 20_000 : nodes * 3, templates: one },
      {
        name: "interleaved",
        nodes,
        pods: each,
        templates: templates(nodes === 50_000 ? 100 : 1_000),
      },
      { name: "spread", nodes, pods: each, templates: [spread] },
      { name: "anti-affinity", nodes, pods: Math.min(each, nodes - 1), templates: [antiAffinity] },
      { name: "preferred-affinity", nodes, pods: each, templates: [preferredAffinity] },
    ];
    for (const each of cases) if (wanted(`${each.name}-${nodes}`)) measure(each);
    if (wanted(`preemption-${nodes}`)) measurePreemption(nodes, nodes === 500 ? 500 : 1_000);
  }
}
