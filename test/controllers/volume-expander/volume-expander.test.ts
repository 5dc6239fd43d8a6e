import { describe, expect, it } from "vitest";
import { persistentVolumeBinder } from "../../../sim/controllers/persistent-volume-binder.ts";
import { volumeExpander, volumeResizer } from "../../../sim/controllers/volume-expander.ts";
import { volumeProvisioner } from "../../../sim/controllers/volume-provisioner.ts";
import { ControlPlane } from "../control-plane.ts";
import { claim, storageClass } from "../persistent-volume-binder/volumes.ts";

const KEY = "default/data";

function scene(): ControlPlane {
  const plane = new ControlPlane(
    persistentVolumeBinder,
    volumeProvisioner,
    volumeExpander,
    volumeResizer,
  );
  storageClass(plane, { allowVolumeExpansion: true });
  claim(plane, "data", "1Gi", { storageClassName: "fast" });
  return plane.at(20);
}

function want(plane: ControlPlane, storage: string): void {
  plane.edit("PersistentVolumeClaim", KEY, ({ spec, ...rest }) => ({
    ...rest,
    spec: { ...spec, resources: { requests: { storage } } },
  }));
}

const status = (plane: ControlPlane): any => plane.get("PersistentVolumeClaim", KEY).status;
const size = (plane: ControlPlane): string =>
  plane.get("PersistentVolume", plane.get("PersistentVolumeClaim", KEY).spec.volumeName).spec
    .capacity.storage;
const told = (plane: ControlPlane): string[] =>
  plane.events().filter((event) => /xpand|esiz/.test(event));

describe("claims that grow", () => {
  it("are marked, get a larger volume, and tell of it", () => {
    const plane = scene();
    expect(told(plane)).toEqual([]);
    want(plane, "2Gi");
    plane.at(21);
    expect(status(plane)).toMatchObject({
      capacity: { storage: "1Gi" },
      conditions: [{ type: "Resizing", status: "True" }],
      allocatedResources: { storage: "2Gi" },
      allocatedResourceStatuses: { storage: "ControllerResizeInProgress" },
    });
    expect(size(plane)).toBe("1Gi");
    plane.at(23);
    expect(size(plane)).toBe("2Gi");
    expect(status(plane)).toEqual({
      phase: "Bound",
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "2Gi" },
      allocatedResources: { storage: "2Gi" },
    });
    const { volumeName } = plane.get("PersistentVolumeClaim", KEY).spec;
    expect(told(plane)).toEqual([
      "ExternalExpanding waiting for an external controller to expand this PVC",
      `Resizing External resizer is resizing volume ${volumeName}`,
      "VolumeResizeSuccessful Resize volume succeeded",
    ]);
  });

  it("end what was begun before they grow again", () => {
    const plane = scene();
    want(plane, "2Gi");
    plane.at(21);
    want(plane, "4Gi");
    plane.at(22.5);
    expect(size(plane)).toBe("2Gi");
    plane.at(30);
    expect(size(plane)).toBe("4Gi");
    expect(status(plane).capacity).toEqual({ storage: "4Gi" });
    expect(status(plane).conditions).toBeUndefined();
  });

  it("get bytes in powers of two", () => {
    const plane = scene();
    want(plane, "2G");
    expect(size(plane.at(30))).toBe("1953125Ki");
    expect(status(plane).capacity).toEqual({ storage: "1953125Ki" });
    expect(status(plane).allocatedResources).toEqual({ storage: "2G" });
    claim(plane, "new", "5G", { storageClassName: "fast" });
    const { status: fresh } = plane.at(40).get("PersistentVolumeClaim", "default/new");
    expect(fresh.capacity).toEqual({ storage: "5000000000" });
  });

  it("take as long as their storage does", () => {
    const plane = scene();
    plane.edit("StorageClass", "fast", ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, annotations: { "ksim.dev/provisioning-delay": "10s" } },
    }));
    want(plane, "2Gi");
    expect(size(plane.at(29))).toBe("1Gi");
    expect(size(plane.at(31))).toBe("2Gi");
  });
});
