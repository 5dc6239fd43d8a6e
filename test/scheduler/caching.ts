import fc from "fast-check";
import { expect } from "vitest";
import type { Node, Pod, PodDisruptionBudget, Service } from "../../sim/api/types.gen.ts";
import { SchedulingCore } from "../../sim/scheduler/cycle/scheduling-core.ts";
import { type NodesToScore, readProfiles } from "../../sim/scheduler/framework/config.ts";
import { buildProfile } from "../../sim/scheduler/framework/profile.ts";
import { PLUGINS } from "../../sim/scheduler/plugins/registry.ts";
import { node, pod } from "./builders.ts";

/** One random step: what to do, and three numbers to choose with. */
export type Step = readonly [kind: number, a: number, b: number, c: number];

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";
const APPS = ["web", "db", "batch"];
const KINDS = 16;

/** How large the cluster is at first, how many shapes of pods there are, how many nodes are scored. */
export interface Setting {
  readonly nodes?: number;
  readonly shapes?: number;
  readonly share?: NodesToScore;
}

/** A sequence of steps. */
export const steps = fc.array(
  fc.tuple(fc.nat(KINDS - 1), fc.nat(1000), fc.nat(1000), fc.nat(1000)),
  { minLength: 20, maxLength: 60 },
);

/** Steps that change few nodes, and none of them in structure: so many in a row that scores are kept in buckets. */
export const calmSteps = fc.array(
  fc.tuple(fc.constantFrom(2, 4, 7, 12, 13, 14), fc.nat(1000), fc.nat(1000), fc.nat(1000)),
  { minLength: 30, maxLength: 60 },
);

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length]!;

function template(a: number, b: number, c: number): Partial<Pod["spec"]> {
  const labelSelector = { matchLabels: { app: pick(APPS, b) } };
  const key = pick([ZONE, HOST, "rack"], c);
  const term = { labelSelector, topologyKey: key };
  const constraint = (whenUnsatisfiable: string, topologyKey: string) => ({
    labelSelector,
    maxSkew: 1 + (c % 2),
    topologyKey,
    whenUnsatisfiable,
  });
  const specs: readonly Partial<Pod["spec"]>[] = [
    {},
    { tolerations: [{ key: "dedicated", operator: "Exists" }] },
    { nodeSelector: { [ZONE]: `z${b % 3}` } },
    { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
    { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
    {
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 7, podAffinityTerm: term }],
        },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 3, podAffinityTerm: { ...term, topologyKey: HOST } },
          ],
        },
      },
    },
    {
      topologySpreadConstraints: [
        constraint("DoNotSchedule", ZONE),
        constraint("DoNotSchedule", HOST),
      ],
    },
    {
      topologySpreadConstraints: [
        constraint("ScheduleAnyway", key),
        constraint("ScheduleAnyway", HOST),
      ],
    },
    {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 10,
              preference: { matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] },
            },
          ],
        },
      },
    },
  ];
  return pick(specs, a);
}

/** A pod of a shape that the numbers choose. */
export function makePod(name: string, [, a, b, c]: Step): Pod {
  const made = pod(name, {
    cpu: pick(["100m", "500m", "1", "3"], a),
    memory: pick(["64Mi", "1Gi", "3Gi"], b),
    labels: { app: pick(APPS, a) },
    priority: pick([0, 0, 10, 100], c),
    namespace: pick(["default", "team"], a >> 2),
    ...(a % 11 === 0 ? { hostPort: 80 + (b % 2) } : {}),
    image: pick(["small", "large"], b),
    startSecond: c % 60,
  });
  return { ...made, spec: { ...made.spec, ...template(a >> 1, b, c) } };
}

function makeNode(name: string, a: number, b: number): Node {
  return node(name, {
    cpu: pick(["4", "8", "2"], a),
    memory: pick(["8Gi", "4Gi"], b),
    pods: pick(["20", "3"], b >> 1),
    labels: {
      [HOST]: name,
      ...(a % 7 === 0 ? {} : { [ZONE]: `z${a % 3}` }),
      ...(b % 2 === 0 ? { disk: "ssd" } : {}),
      ...(a % 2 === 0 ? { rack: `r${b % 3}` } : {}),
    },
    taints:
      a % 5 === 0
        ? [{ key: "dedicated", value: "x", effect: pick(["NoSchedule", "PreferNoSchedule"], b) }]
        : [],
    images: b % 3 === 0 ? { large: 900_000_000, small: 30_000_000 } : {},
  });
}

/** The cluster as plain objects, from which a core can be filled at any time. */
export class World {
  readonly nodes = new Map<string, Node>();
  readonly bound = new Map<string, Pod>();
  readonly promised = new Map<string, Pod>();
  readonly services = new Map<string, Service>();
  budgets: PodDisruptionBudget[] = [];
  made = 0;

  fill(core: SchedulingCore): void {
    const { snapshot } = core;
    for (const [, service] of this.services) snapshot.putObject("Service", service);
    for (const budget of this.budgets) snapshot.putObject("PodDisruptionBudget", budget);
    for (const each of this.nodes.values()) snapshot.addNode(each);
    for (const each of this.bound.values()) snapshot.addPod(each);
    for (const each of this.promised.values())
      snapshot.nominate(each, each.status?.nominatedNodeName);
  }
}

/** The default profile with a share of nodes scored. */
export function newCore(share: NodesToScore, draw: (n: number) => number): SchedulingCore {
  const [config] = readProfiles({ percentageOfNodesToScore: share });
  return new SchedulingCore([buildProfile(config!, PLUGINS)], { int: draw });
}

/** Applies one step to the world and to the core that remembers. */
export function apply(step: Step, world: World, core: SchedulingCore): void {
  const [kind, a, b, c] = step;
  const { snapshot } = core;
  const someNode = [...world.nodes.values()][a % Math.max(1, world.nodes.size)];
  const somePod = [...world.bound.values()][a % Math.max(1, world.bound.size)];
  const putNode = (changed: Node) => {
    world.nodes.set(changed.metadata.name!, changed);
    snapshot.updateNode(changed);
  };
  const putPod = (changed: Pod) => {
    world.bound.set(changed.metadata.uid, changed);
    snapshot.updatePod(changed);
  };
  if (kind === 0 && c % 4 === 0) {
    const added = makeNode(`n${String(b % 160).padStart(3, "0")}`, a, b);
    world.nodes.set(added.metadata.name!, added);
    snapshot.addNode(added);
  } else if (kind === 1 && someNode !== undefined && c % 4 === 0) {
    world.nodes.delete(someNode.metadata.name!);
    snapshot.removeNode(someNode.metadata.name!);
  } else if (kind === 2 && someNode !== undefined) {
    putNode({ ...someNode, spec: { ...someNode.spec, unschedulable: b % 2 === 0 } });
  } else if (kind === 3 && someNode !== undefined && c % 3 === 0) {
    putNode({ ...makeNode(someNode.metadata.name!, b, c) });
  } else if ((kind === 4 || kind === 5) && somePod !== undefined) {
    world.bound.delete(somePod.metadata.uid);
    snapshot.removePod(somePod);
  } else if (kind === 6 && somePod !== undefined) {
    putPod({ ...somePod, metadata: { ...somePod.metadata, labels: { app: pick(APPS, b) } } });
  } else if (kind === 7 && somePod !== undefined) {
    putPod({
      ...somePod,
      metadata: { ...somePod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    });
  } else if (kind === 8) {
    const service = {
      metadata: { name: `s${a % 3}`, namespace: "default" },
      spec: { selector: { app: pick(APPS, b) } },
    } as unknown as Service;
    world.services.set(`s${a % 3}`, service);
    snapshot.putObject("Service", service);
  } else if (kind === 9) {
    const budget = {
      metadata: { name: "budget", namespace: "default" },
      spec: { selector: { matchLabels: { app: pick(APPS, a) } } },
      status: { disruptionsAllowed: b % 3 },
    } as unknown as PodDisruptionBudget;
    world.budgets = [budget];
    snapshot.putObject("PodDisruptionBudget", budget);
  } else if (kind === 10 && someNode !== undefined && c % 3 === 0) {
    const waiting = makePod(`p${world.made++}`, step);
    const promised: Pod = { ...waiting, status: { nominatedNodeName: someNode.metadata.name! } };
    world.promised.set(promised.metadata.uid, promised);
    snapshot.nominate(promised, someNode.metadata.name);
  } else if (kind === 11 && world.promised.size > 0) {
    const [id, promised] = [...world.promised][a % world.promised.size]!;
    world.promised.delete(id);
    snapshot.nominate(promised, undefined);
  } else if (kind === 12 && somePod !== undefined) {
    const startTime = `2026-01-01T00:01:${String(b % 60).padStart(2, "0")}Z`;
    putPod({ ...somePod, status: { ...somePod.status, startTime } });
  }
}

/**
 * Law: a decision from what is remembered is the decision of a core that starts from the same objects, by the
 * record of every node.
 */
export function checkSteps(sequence: readonly Step[], setting: Setting = {}): void {
  const { share = "all", nodes = 12, shapes = 24 } = setting;
  let turn = 0;
  const draw = (n: number) => (((turn * 2_654_435_761) % 4_294_967_296) >>> 0) % n;
  const world = new World();
  const core = newCore(share, draw);
  for (let at = 0; at < nodes; at++) apply([0, at * 7, at, 0], world, core);
  for (const step of sequence) {
    turn++;
    apply(step, world, core);
    // Few distinct shapes, so that remembered ones come back.
    const seed = (step[1] * 31 + step[2]) % shapes;
    const pending = makePod(`p${world.made++}`, [0, seed, seed >> 1, seed % 5]);
    const state = core.save();
    const cached = core.schedule(pending, { explain: false });
    const fresh = newCore(share, draw);
    world.fill(fresh);
    fresh.load(state);
    const scratch = fresh.schedule(pending, { explain: true });
    expect(essence(cached)).toEqual(essence(scratch));
    if (cached.node === undefined) continue;
    const placed: Pod = { ...pending, spec: { ...pending.spec, nodeName: cached.node } };
    world.bound.set(placed.metadata.uid, placed);
    core.snapshot.addPod(pending, cached.node);
    core.snapshot.updatePod(placed);
  }
}

/** What both forms of a decision tell. */
function essence({ record, victims, ...result }: ReturnType<SchedulingCore["schedule"]>): unknown {
  const { feasible, maxTotal, draw, postFilter } = record;
  return {
    ...result,
    feasible,
    maxTotal,
    draw,
    victims: victims?.map((each) => each.metadata.name),
    ties: postFilter?.ties,
  };
}
