import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { attachDetach } from "../../../sim/controllers/attach-detach.ts";
import { volumeAttacher } from "../../../sim/controllers/volume-attacher.ts";
import { ControlPlane, podOn, postPod, postReady, readyNode } from "../control-plane.ts";

/** Two nodes and a claim bound to a volume that is attached where it is used. */
function planeWith(mode = "ReadWriteOnce"): ControlPlane {
  const plane = new ControlPlane(attachDetach, volumeAttacher);
  for (const name of ["n1", "n2"]) {
    plane.create("Node", readyNode(name));
    postReady(plane, name);
  }
  plane.create("PersistentVolume", {
    metadata: { name: "v" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: [mode],
      csi: { driver: "disk.example", volumeHandle: "h" },
      claimRef: { kind: "PersistentVolumeClaim", namespace: "default", name: "data" },
    },
  });
  plane.create("PersistentVolumeClaim", {
    metadata: { name: "data", namespace: "default" },
    spec: { accessModes: [mode], volumeName: "v", resources: { requests: { storage: "1Gi" } } },
  });
  return plane;
}

function user(plane: ControlPlane, name: string, node: string): void {
  plane.create(
    "Pod",
    podOn(name, node, { volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }] }),
  );
  postPod(plane, `default/${name}`, "Pending", "False");
}

function gone(plane: ControlPlane, name: string): void {
  plane.api.delete("Pod", `default/${name}`, { gracePeriodSeconds: 0 });
}

function attached(plane: ControlPlane): string[] {
  return plane
    .list("VolumeAttachment")
    .map(({ spec, status }) => `${spec.nodeName} ${status?.attached ?? false}`);
}

describe("the attach and detach controller", () => {
  it("attaches a volume to the node of the pod that uses it, and detaches it after the pod", () => {
    const plane = planeWith();
    user(plane, "a", "n1");
    expect(attached(plane.at(0.5))).toEqual(["n1 false"]);
    expect(attached(plane.at(1.5))).toEqual(["n1 true"]);
    expect(plane.get("Node", "n1").status.volumesAttached).toEqual([
      { name: "kubernetes.io/csi/disk.example^h", devicePath: "" },
    ]);
    expect(plane.events()).toEqual([
      'SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "v" ',
    ]);
    gone(plane, "a");
    expect(attached(plane.at(4))).toEqual([]);
    expect(plane.get("Node", "n1").status.volumesAttached).toBeUndefined();
  });

  it("does not attach a volume to a second node while the first has it", () => {
    const plane = planeWith();
    user(plane, "a", "n1");
    plane.at(2);
    user(plane, "b", "n2");
    expect(attached(plane.at(3))).toEqual(["n1 true"]);
    expect(plane.events()).toContain(
      'FailedAttachVolume Multi-Attach error for volume "v" Volume is already used by pod(s) a',
    );
    gone(plane, "a");
    expect(attached(plane.at(6))).toEqual(["n2 true"]);
  });

  it("attaches a shared volume to many nodes", () => {
    const plane = planeWith("ReadWriteMany");
    user(plane, "a", "n1");
    user(plane, "b", "n2");
    expect(attached(plane.at(2))).toEqual(["n1 true", "n2 true"]);
  });

  it("waits six minutes before it takes a volume from a silent node", () => {
    const plane = planeWith();
    user(plane, "a", "n1");
    plane.at(10);
    postReady(plane, "n1", "Unknown");
    gone(plane, "a");
    user(plane, "b", "n2");
    expect(attached(plane.at(369))).toEqual(["n1 true"]);
    expect(attached(plane.at(373))).toEqual(["n2 true"]);
  });

  it("takes a volume at once from a node that is declared out of service", () => {
    const plane = planeWith();
    user(plane, "a", "n1");
    plane.at(10);
    postReady(plane, "n1", "Unknown");
    gone(plane, "a");
    plane.at(20);
    plane.edit("Node", "n1", (node) => ({
      ...node,
      spec: {
        ...node.spec,
        taints: [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }],
      },
    }));
    expect(attached(plane.at(22))).toEqual([]);
  });

  it("takes the volume of a pod that is gone as soon as its silent node answers again", () => {
    const plane = planeWith();
    user(plane, "a", "n1");
    plane.at(10);
    postReady(plane, "n1", "Unknown");
    gone(plane, "a");
    expect(attached(plane.at(100))).toEqual(["n1 true"]);
    postReady(plane, "n1", "True");
    expect(attached(plane.at(103))).toEqual([]);
  });

  it("waits six minutes before it takes a volume from a node that is gone with its pods", () => {
    const plane = planeWith();
    user(plane, "a", "n1");
    plane.at(10).api.delete("Node", "n1");
    gone(plane, "a");
    user(plane, "b", "n2");
    expect(attached(plane.at(369))).toEqual(["n1 true"]);
    expect(attached(plane.at(373))).toEqual(["n2 true"]);
  });

  it("says once for each node that another one has the volume", () => {
    const plane = planeWith();
    user(plane, "a", "n1");
    plane.at(2);
    user(plane, "b", "n2");
    plane.at(3);
    postPod(plane, "default/a", "Running");
    plane.at(4);
    const [event] = plane.list("Event").filter(({ reason }) => reason === "FailedAttachVolume");
    expect(event.count).toBe(1);
  });

  it("names an attachment by the hash of volume, driver and node", () => {
    const plane = planeWith();
    user(plane, "a", "n1");
    plane.at(1);
    const hash = createHash("sha256").update("hdisk.examplen1").digest("hex");
    expect(plane.list("VolumeAttachment")[0].metadata.name).toBe(`csi-${hash}`);
  });
});
