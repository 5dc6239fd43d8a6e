import { describe, expect, it } from "vitest";
import { claim, planeWith, volume } from "./volumes.ts";

describe("reclaiming", () => {
  const nfs = { nfs: { server: "s", path: "/p" } };
  it.each([
    [
      "Delete",
      "a directory",
      { hostPath: { path: "/data" } },
      "Failed",
      "VolumeFailedDelete host_path deleter only supports /tmp/.+ but received provided /data",
    ],
    ["Delete", "a directory under /tmp", { hostPath: { path: "/tmp/x" } }, undefined, undefined],
    [
      "Delete",
      "a share",
      nfs,
      "Failed",
      'VolumeFailedDelete error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
    ],
    ["Recycle", "a share", nfs, "Available", "VolumeRecycled Volume recycled"],
    [
      "Recycle",
      "a disk of a driver",
      { csi: { driver: "disk.example", volumeHandle: "h" } },
      "Failed",
      "VolumeFailedRecycle No recycler plugin found for the volume!",
    ],
    ["Retain", "a share", nfs, "Released", undefined],
  ])("%s of %s", (persistentVolumeReclaimPolicy, _, source, wanted, event) => {
    const plane = planeWith();
    volume(plane, "v", "1Gi", { hostPath: undefined, persistentVolumeReclaimPolicy, ...source });
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2).api.delete("PersistentVolumeClaim", "default/data");
    plane.at(3);
    const found = plane.get("PersistentVolume", "v");
    expect(found?.status.phase).toBe(wanted);
    expect(plane.events()).toEqual(event === undefined ? [] : [event]);
    if (wanted === "Failed")
      expect(found.status.message).toBe(event?.slice(event.indexOf(" ") + 1));
    if (wanted === "Available") expect(found.spec.claimRef).toBeUndefined();
  });
});
