import { describe, expect, it } from "vitest";
import type { Pod } from "../../../sim/api/types.gen.ts";
import { volumesClash } from "../../../sim/scheduler/plugins/volume-restrictions.ts";
import { decision, verdicts } from "../ask.ts";
import { node, pod } from "../builders.ts";

const ZONE = "topology.kubernetes.io/zone";
const nodes = ["a", "b"].map((name) => node(name, { labels: { [ZONE]: name } }));
const mounts = (claim: string, more: object = {}): Pod =>
  pod(`pod-of-${claim}`, {
    spec: {
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: claim } }],
      ...more,
    } as never,
  });

const claim = (name: string, spec: object = {}, bound = false) => ({
  metadata: {
    name,
    namespace: "default",
    ...(bound ? { annotations: { "pv.kubernetes.io/bind-completed": "yes" } } : {}),
  },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "lazy",
    resources: { requests: { storage: "5Gi" } },
    ...spec,
  },
});
const volume = (name: string, spec: object = {}, labels: object = {}) => ({
  metadata: { name, labels },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "lazy",
    capacity: { storage: "10Gi" },
    csi: { driver: "disk.example.com", volumeHandle: name },
    ...spec,
  },
  status: { phase: "Available" },
});
const inZone = (zone: string) => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: "In", values: [zone] }] }],
    },
  },
});
const storageClass = (
  name: string,
  volumeBindingMode: string,
  provisioner = "disk.example.com",
) => ({
  metadata: { name },
  provisioner,
  volumeBindingMode,
});
const lazy = storageClass("lazy", "WaitForFirstConsumer", "kubernetes.io/no-provisioner");

describe("VolumeBinding", () => {
  const conflict = "node(s) didn't find available persistent volumes to bind";

  it("follows the node affinity of a bound volume", () => {
    const objects = {
      storageClasses: [lazy],
      pvcs: [claim("data", { volumeName: "v" }, true)],
      pvs: [volume("v", inZone("a"))],
    };
    expect(verdicts("VolumeBinding", mounts("data"), { nodes, objects })).toEqual({
      a: "fits",
      b: "node(s) didn't match PersistentVolume's node affinity",
    });
  });

  it.each<[string, object, string]>([
    ["one that suits", {}, "fits"],
    ["one that is too small", { capacity: { storage: "1Gi" } }, conflict],
    ["one of another class", { storageClassName: "other" }, conflict],
    ["one of another mode", { accessModes: ["ReadOnlyMany"] }, conflict],
    ["one of other attributes", { volumeAttributesClassName: "fast" }, conflict],
    [
      "one reserved for another claim",
      { claimRef: { name: "other", namespace: "default" } },
      conflict,
    ],
    ["one reserved for this claim", { claimRef: { name: "data", namespace: "default" } }, "fits"],
  ])("looks for a volume where the claim waits for its first consumer: %s", (_, spec, verdict) => {
    const objects = {
      storageClasses: [lazy],
      pvcs: [claim("data")],
      pvs: [volume("v", { ...inZone("a"), ...spec })],
    };
    expect(verdicts("VolumeBinding", mounts("data"), { nodes, objects })).toEqual({
      a: verdict,
      b: conflict,
    });
  });

  it("counts on a provisioner where there is one", () => {
    const objects = {
      storageClasses: [storageClass("lazy", "WaitForFirstConsumer")],
      pvcs: [claim("data")],
    };
    expect(verdicts("VolumeBinding", mounts("data"), { nodes, objects })).toEqual({
      a: "fits",
      b: "fits",
    });
  });

  it("takes a claim made for a volume of the pod only when the pod is its owner", () => {
    const user = pod("p", { spec: { volumes: [{ name: "v", ephemeral: {} }] } as never });
    const ask = (uid: string) => {
      const { metadata, spec } = claim("p-v");
      const ownerReferences = [{ kind: "Pod", name: "p", uid, controller: true }];
      const objects = {
        storageClasses: [storageClass("lazy", "WaitForFirstConsumer")],
        pvcs: [{ metadata: { ...metadata, ownerReferences }, spec }],
      };
      return verdicts("VolumeBinding", user, { nodes: [node("a")], objects })["a"];
    };
    expect(ask(user.metadata.uid)).toBe("fits");
    expect(ask("of an earlier one")).toBe(
      "PVC default/p-v was not created for pod default/p (pod is not owner)",
    );
  });

  it("names the first claim's trouble only, and that a bound volume does not exist after it", () => {
    const objects = {
      storageClasses: [lazy, storageClass("scarce", "WaitForFirstConsumer", "scarce")],
      csiDrivers: [{ metadata: { name: "scarce" }, spec: { storageCapacity: true } }],
      pvcs: [
        claim("gone", { volumeName: "nowhere" }, true),
        claim("data"),
        claim("more", { storageClassName: "scarce", resources: { requests: { storage: "6Gi" } } }),
      ],
    };
    const volumes = (...names: string[]) =>
      names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
    const ask = (...names: string[]) =>
      verdicts("VolumeBinding", pod("p", { spec: { volumes: volumes(...names) } }), {
        nodes: [node("a")],
        objects,
        only: ["VolumeBinding"],
      })["a"];
    expect(ask("more")).toBe("node(s) did not have enough free storage");
    expect(ask("more", "data")).toBe(conflict);
    expect(ask("gone", "data")).toBe(
      `${conflict}, node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)`,
    );
  });

  it("goes by the node that was selected for a claim, there to its provisioner alone", () => {
    const selected = claim("data");
    const annotations = { "volume.kubernetes.io/selected-node": "a" };
    const objects = (provisioner: string) => ({
      storageClasses: [storageClass("lazy", "WaitForFirstConsumer", provisioner)],
      pvcs: [{ ...selected, metadata: { ...selected.metadata, annotations } }],
      pvs: [volume("v")],
    });
    const ask = (provisioner: string) =>
      verdicts("VolumeBinding", mounts("data"), { nodes, objects: objects(provisioner) });
    expect(ask("disk.example.com")).toEqual({ a: "fits", b: conflict });
    expect(ask("kubernetes.io/no-provisioner")).toEqual({ a: conflict, b: conflict });
  });

  it("waits for claims that are bound immediately", () => {
    const objects = { storageClasses: [storageClass("lazy", "Immediate")], pvcs: [claim("data")] };
    expect(decision("VolumeBinding", mounts("data"), { nodes, objects }).message).toBe(
      "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
    );
  });
});

describe("VolumeZone", () => {
  const objects = (labels: object) => ({
    storageClasses: [lazy],
    pvcs: [claim("data", { volumeName: "v" }, true)],
    pvs: [volume("v", {}, labels)],
  });

  it("sends a pod to the zone its volume is labelled with", () => {
    const question = {
      nodes: [...nodes, node("nowhere", { labels: {} })],
      objects: objects({ [ZONE]: "a" }),
    };
    expect(verdicts("VolumeZone", mounts("data"), question)).toEqual({
      a: "fits",
      b: "node(s) had no available volume zone",
      nowhere: "fits",
    });
  });

  it("reads several zones from one label", () => {
    const question = { nodes, objects: objects({ [ZONE]: "b__c" }) };
    expect(verdicts("VolumeZone", mounts("data"), question)).toMatchObject({ b: "fits" });
  });

  it("demands nothing by a label it cannot read", () => {
    const question = { nodes, objects: objects({ [ZONE]: "c__" }) };
    expect(verdicts("VolumeZone", mounts("data"), question)).toEqual({ a: "fits", b: "fits" });
  });
});

describe("VolumeRestrictions", () => {
  it("keeps a pod off the cluster while another uses its ReadWriteOncePod claim", () => {
    const objects = {
      storageClasses: [lazy],
      pvcs: [claim("data", { volumeName: "v", accessModes: ["ReadWriteOncePod"] }, true)],
      pvs: [volume("v", { accessModes: ["ReadWriteOncePod"] })],
    };
    const holder = {
      ...mounts("data", { nodeName: "a" }),
      metadata: { ...pod("holder").metadata },
    };
    const once =
      "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
    const ask = (pods: Pod[]) =>
      verdicts("VolumeRestrictions", mounts("data"), { nodes, pods, objects });
    expect(ask([])).toEqual({ a: "fits", b: "fits" });
    expect(ask([holder])).toEqual({ a: once, b: once });
  });

  it("stops the cycle when a claim does not exist", () => {
    expect(decision("VolumeRestrictions", mounts("data"), { nodes }).message).toBe(
      '0/2 nodes are available: persistentvolumeclaim "data" not found. not found',
    );
  });

  it.each([
    ["the same GCE disk, written by one", { pdName: "d" }, { pdName: "d", readOnly: true }, true],
    [
      "the same GCE disk, read by both",
      { pdName: "d", readOnly: true },
      { pdName: "d", readOnly: true },
      false,
    ],
    ["another GCE disk", { pdName: "d" }, { pdName: "e" }, false],
  ])("%s: clash is %s", (_, a, b, clash) => {
    const disk = (gcePersistentDisk: object) => ({ name: "v", gcePersistentDisk }) as never;
    expect(volumesClash(disk(a), disk(b))).toBe(clash);
  });
});

describe("NodeVolumeLimits", () => {
  it("attaches no more volumes of a driver than the CSINode allows", () => {
    const names = ["one", "two"];
    const objects = {
      storageClasses: [lazy],
      pvcs: names.map((name) => claim(name, { volumeName: `v-${name}` }, true)),
      pvs: names.map((name) => volume(`v-${name}`)),
      csiNodes: ["a", "b"].map((name) => ({
        metadata: { name },
        spec: { drivers: [{ name: "disk.example.com", nodeID: name, allocatable: { count: 1 } }] },
      })),
    };
    const there = mounts("one", { nodeName: "a" });
    expect(verdicts("NodeVolumeLimits", mounts("two"), { nodes, pods: [there], objects })).toEqual({
      a: "node(s) exceed max volume count",
      b: "fits",
    });
    // The same volume again takes no further place.
    const again = { ...mounts("one"), metadata: pod("again").metadata };
    expect(verdicts("NodeVolumeLimits", again, { nodes, pods: [there], objects })["a"]).toBe(
      "fits",
    );
  });

  it("counts volumes of in-tree types where the node leaves them to a driver", () => {
    const csiNode = (name: string, annotations: object) => ({
      metadata: { name, annotations },
      spec: { drivers: [{ name: "ebs.csi.aws.com", nodeID: name, allocatable: { count: 1 } }] },
    });
    const objects = {
      csiNodes: [
        csiNode("a", { "storage.alpha.kubernetes.io/migrated-plugins": "kubernetes.io/aws-ebs" }),
        csiNode("b", {}),
      ],
      storageClasses: [storageClass("old", "WaitForFirstConsumer", "kubernetes.io/aws-ebs")],
      pvcs: [claim("new", { storageClassName: "old" })],
    };
    const disk = (id: string) =>
      ({ volumes: [{ name: "v", awsElasticBlockStore: { volumeID: id } }] }) as never;
    const there = ["a", "b"].map((at) =>
      pod(`on-${at}`, {
        node: at,
        spec: { ...(disk("aws://zone/vol-1") as object), nodeName: at },
      }),
    );
    const ask = (pending: Pod) =>
      verdicts("NodeVolumeLimits", pending, {
        nodes,
        pods: there,
        objects,
        only: ["NodeVolumeLimits"],
      });
    const over = { a: "node(s) exceed max volume count", b: "fits" };
    expect(ask(pod("p", { spec: disk("vol-2") }))).toEqual(over);
    expect(ask(pod("p", { spec: disk("vol-1") }))).toEqual({ a: "fits", b: "fits" });
    expect(ask(mounts("new"))).toEqual(over);
  });
});
