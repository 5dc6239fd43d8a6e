import fc from "fast-check";
import { expect, it } from "vitest";
import type { Pod } from "../../sim/api/types.gen.ts";
import { SchedulingCore } from "../../sim/scheduler/cycle/scheduling-core.ts";
import { readProfiles } from "../../sim/scheduler/framework/config.ts";
import { buildProfile } from "../../sim/scheduler/framework/profile.ts";
import { PLUGINS } from "../../sim/scheduler/plugins/registry.ts";
import type { ObjectKind } from "../../sim/scheduler/snapshot/objects.ts";
import { node, pod } from "./builders.ts";
import { claim, DRIVER, deviceClass, exactly, gpu, slice } from "./device-builders.ts";

const GPU = "example.com/gpu";
const NODES = ["a", "b", "c"];

const resources = [GPU, "cpu"].map((name) => ({ name, weight: 1 }));
const BY_DEVICES = [
  { name: "NodeResourcesFit", args: { scoringStrategy: { type: "MostAllocated", resources } } },
  { name: "NodeResourcesBalancedAllocation", args: { resources } },
];
const WITHOUT_DEVICES = { multiPoint: { disabled: [{ name: "DynamicResources" }] } };

const newCore = (wish: object): SchedulingCore => {
  const [config] = readProfiles(wish);
  return new SchedulingCore([buildProfile(config!, PLUGINS)], { int: () => 0 });
};

type Step = readonly [kind: number, a: number, b: number];

/** A cluster whose classes, slices, claims and nodes change, seen by a core that remembers and told to others anew. */
class World {
  readonly core: SchedulingCore;
  private readonly config: object;
  private readonly objects = new Map<string, readonly [ObjectKind, string, any]>();
  private readonly nodes = new Map(NODES.map((name) => [name, node(name)]));
  private readonly assumed = new Map<string, readonly [Pod, string]>();
  /** Pods that were scheduled. */
  scheduled = 0;

  constructor(config: object) {
    this.config = config;
    this.core = newCore(config);
    for (const each of this.nodes.values()) this.core.snapshot.addNode(each);
    for (const name of NODES) this.put("ResourceSlice", slice(name, [gpu("gpu-0"), gpu("gpu-1")]));
  }

  private put(kind: ObjectKind, object: any): void {
    const { namespace, name } = object.metadata;
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    this.objects.set(`${kind} ${key}`, [kind, key, object]);
    this.core.snapshot.putObject(kind, object as never);
  }

  private remove(kind: ObjectKind, key: string): void {
    this.objects.delete(`${kind} ${key}`);
    this.core.snapshot.removeObject(kind, key);
  }

  change([kind, a, b]: Step): void {
    const where = NODES[a % 3]!;
    if (kind === 0) {
      const made = deviceClass("gpu", `device.driver == "${DRIVER}"`);
      const extendedResourceName = [GPU, "example.com/nic", undefined][a % 3];
      this.put("DeviceClass", { ...made, spec: { ...made.spec, extendedResourceName } });
    } else if (kind === 1) this.remove("DeviceClass", "gpu");
    else if (kind === 2) {
      const devices = Array.from({ length: b % 4 }, (_, at) => gpu(`gpu-${at}`));
      this.put("ResourceSlice", slice(where, devices));
    } else if (kind === 3) {
      const results = [{ request: "r", driver: DRIVER, pool: where, device: `gpu-${b % 2}` }];
      const status = { allocation: { devices: { results } } };
      this.put("ResourceClaim", claim(`held-${a % 4}`, [exactly("r")], {}, status));
    } else if (kind === 4) this.remove("ResourceClaim", `default/held-${a % 4}`);
    else if (kind === 5) {
      const allocatable = [{}, { [GPU]: "0" }, { [GPU]: "2" }][b % 3]!;
      const changed = node(where, { allocatable });
      this.nodes.set(where, changed);
      this.core.snapshot.updateNode(changed);
    } else if (kind === 6) {
      const made = claim(`p${a % 4}-extended-resources-x`, [exactly("r")]);
      const annotations = { "resource.kubernetes.io/extended-resource-claim": "true" };
      const [name, uid] = [`p${a % 4}`, `uid-p${a % 4}`];
      const ownerReferences = [{ apiVersion: "v1", kind: "Pod", name, uid, controller: true }];
      this.put("ResourceClaim", {
        ...made,
        metadata: { ...made.metadata, annotations, ownerReferences },
      });
    } else if (kind === 7) this.remove("ResourceClaim", `default/p${a % 4}-extended-resources-x`);
    else if (kind === 8) {
      const gone = [...this.assumed.values()][a % Math.max(1, this.assumed.size)];
      if (gone === undefined) return;
      this.assumed.delete(gone[0].metadata.uid);
      this.core.snapshot.removePod(gone[0]);
      if (b % 2 === 0) this.core.unreserve(gone[0], gone[1], () => {});
    }
  }

  /** The same pod asked about by the core that remembers and by one that knows nothing. */
  ask([, a, b]: Step): void {
    const name = `p${a % 4}`;
    if (this.assumed.has(`uid-${name}`)) return;
    const requests = [{ [GPU]: "1" }, { [GPU]: "2" }, { cpu: "1" }, { "example.com/nic": "1" }];
    const asking = pod(name, { requests: requests[b % 4]!, labels: { app: `l${b % 2}` } });
    const state = this.core.save();
    const cached = this.core.schedule(asking, { explain: false });
    const fresh = newCore(this.config);
    for (const [kind, , object] of this.objects.values())
      fresh.snapshot.putObject(kind, object as never);
    for (const each of this.nodes.values()) fresh.snapshot.addNode(each);
    for (const [each, where] of this.assumed.values()) fresh.snapshot.addPod(each, where);
    fresh.load(state);
    const scratch = fresh.schedule(asking, { explain: true });
    const told = ({ record, ...result }: typeof cached) => ({
      ...result,
      feasible: record.feasible,
      maxTotal: record.maxTotal,
    });
    expect(told(cached)).toEqual(told(scratch));
    if (cached.node === undefined) return;
    this.scheduled++;
    this.assumed.set(asking.metadata.uid, [asking, cached.node]);
    this.core.snapshot.addPod(asking, cached.node);
  }
}

it.each<[string, object]>([
  ["as it is by default", {}],
  ["that scores by devices", { pluginConfig: BY_DEVICES }],
  ["without dynamic resources", { plugins: WITHOUT_DEVICES }],
])(
  "a scheduler %s remembers nothing that is no more, while classes, slices, claims and nodes change",
  (_, config) => {
    const steps = fc.array(fc.tuple(fc.nat(8), fc.nat(100), fc.nat(100)), {
      minLength: 20,
      maxLength: 60,
    });
    let scheduled = 0;
    fc.assert(
      fc.property(steps, (sequence) => {
        const world = new World(config);
        world.change([0, 0, 0]);
        for (const step of sequence) {
          world.change(step);
          world.ask(step);
          world.ask([0, step[2], step[1]]);
        }
        scheduled += world.scheduled;
      }),
      { numRuns: 30 },
    );
    expect(scheduled).toBeGreaterThan(100);
  },
);
