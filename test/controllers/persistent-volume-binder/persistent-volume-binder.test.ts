import { describe, expect, it } from "vitest";
import { podOn, postPod } from "../control-plane.ts";
import { claim, phase, planeWith, storageClass, volume } from "./volumes.ts";

describe("the persistent volume binder", () => {
  it("binds a claim to the smallest volume that is large enough, in four writes", () => {
    const plane = planeWith();
    volume(plane, "large", "10Gi");
    volume(plane, "small", "2Gi");
    volume(plane, "tiny", "1Mi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2);
    const { spec, status, metadata } = plane.get("PersistentVolumeClaim", "default/data");
    expect(spec.volumeName).toBe("small");
    expect(status).toEqual({
      phase: "Bound",
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "2Gi" },
    });
    expect(metadata.annotations).toEqual({
      "pv.kubernetes.io/bind-completed": "yes",
      "pv.kubernetes.io/bound-by-controller": "yes",
    });
    const bound = plane.get("PersistentVolume", "small");
    expect(bound.status.phase).toBe("Bound");
    expect(bound.spec.claimRef).toMatchObject({
      kind: "PersistentVolumeClaim",
      namespace: "default",
      name: "data",
      uid: metadata.uid,
    });
    expect(plane.get("PersistentVolume", "large").status.phase).toBe("Available");
  });

  it.each([
    ["a larger request", "20Gi", {}],
    ["another access mode", "1Gi", { accessModes: ["ReadWriteMany"] }],
    ["another volume mode", "1Gi", { volumeMode: "Block" }],
    ["a selector", "1Gi", { selector: { matchLabels: { a: "b" } } }],
  ])("does not bind a claim with %s", (_, storage, spec) => {
    const plane = planeWith();
    volume(plane, "large", "10Gi");
    plane.at(1);
    claim(plane, "data", storage, spec);
    expect(phase(plane.at(40), "data")).toBe("Pending");
  });

  it("says why a claim without class waits, and binds it when a volume came, at the next resync", () => {
    const plane = planeWith();
    claim(plane, "data", "1Gi", { storageClassName: "" });
    plane.at(17);
    expect(plane.events()).toEqual([
      "FailedBinding no persistent volumes available for this claim and no storage class is set",
    ]);
    volume(plane, "late", "1Gi", { storageClassName: "" });
    expect(phase(plane.at(29), "data")).toBe("Pending");
    expect(phase(plane.at(30.1), "data")).toBe("Bound");
  });

  it("waits for a consumer where the class says so", () => {
    const plane = planeWith();
    storageClass(plane, { volumeBindingMode: "WaitForFirstConsumer" });
    claim(plane, "data", "1Gi", { storageClassName: "fast" });
    plane.at(1);
    expect(plane.events()).toEqual([
      "WaitForFirstConsumer waiting for first consumer to be created before binding",
    ]);
    plane.edit("PersistentVolumeClaim", "default/data", (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { "volume.kubernetes.io/selected-node": "n1" } },
    }));
    expect(phase(plane.at(4), "data")).toBe("Bound");
  });

  it("has a volume provisioned, and deleted with its claim", () => {
    const plane = planeWith();
    storageClass(plane);
    claim(plane, "data", "1Gi", { storageClassName: "fast" });
    expect(phase(plane.at(1), "data")).toBe("Pending");
    expect(phase(plane.at(3), "data")).toBe("Bound");
    const reasons = new Set(plane.events().map((event) => event.split(" ")[0]));
    expect([...reasons]).toEqual(["ExternalProvisioning", "Provisioning", "ProvisioningSucceeded"]);
    plane.api.delete("PersistentVolumeClaim", "default/data");
    plane.at(20);
    expect(plane.list("PersistentVolumeClaim")).toEqual([]);
    expect(plane.list("PersistentVolume")).toEqual([]);
  });

  it("keeps a volume with its data when the claim is gone and it is to be retained", () => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2).api.delete("PersistentVolumeClaim", "default/data");
    plane.at(3);
    expect(plane.get("PersistentVolume", "v").status.phase).toBe("Released");
    claim(plane, "again", "1Gi");
    expect(phase(plane.at(40), "again")).toBe("Pending");
  });

  it("keeps a claim that a pod uses until the pod is gone", () => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.create(
      "Pod",
      podOn("web", "n1", {
        volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }],
      }),
    );
    postPod(plane, "default/web", "Running");
    plane.at(2).api.delete("PersistentVolumeClaim", "default/data");
    expect(phase(plane.at(10), "data")).toBe("Bound");
    plane.api.delete("Pod", "default/web", { gracePeriodSeconds: 0 });
    expect(phase(plane.at(11), "data")).toBeUndefined();
  });

  it("keeps a claim that a pod uses which has ended, but not one that was never placed", () => {
    const plane = planeWith();
    const volumes = [{ name: "d", persistentVolumeClaim: { claimName: "data" } }];
    for (const name of ["v", "w"]) volume(plane, name, "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    claim(plane, "other", "1Gi");
    plane.create("Pod", podOn("web", "n1", { volumes }));
    plane.create(
      "Pod",
      podOn("waiting", undefined, {
        volumes: [{ name: "d", persistentVolumeClaim: { claimName: "other" } }],
      }),
    );
    postPod(plane, "default/web", "Succeeded");
    plane.at(2).api.delete("PersistentVolumeClaim", "default/data");
    plane.api.delete("PersistentVolumeClaim", "default/other");
    expect(phase(plane.at(10), "data")).toBe("Bound");
    expect(phase(plane, "other")).toBeUndefined();
    plane.api.delete("Pod", "default/web", { gracePeriodSeconds: 0 });
    expect(phase(plane.at(11), "data")).toBeUndefined();
  });

  it.each([
    ["PersistentVolume", "v", "kubernetes.io/pv-protection"],
    ["PersistentVolumeClaim", "default/data", "kubernetes.io/pvc-protection"],
  ])("gives a %s back the finalizer that somebody took off", (kind, key, finalizer) => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2);
    plane.edit(kind, key, ({ metadata: { finalizers: _, ...metadata }, ...rest }) => ({
      ...rest,
      metadata,
    }));
    plane.at(3);
    expect(plane.get(kind, key).metadata.finalizers).toEqual([finalizer]);
  });

  it("says that a claim lost its volume", () => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2);
    plane.api.delete("PersistentVolume", "v");
    plane.edit(
      "PersistentVolume",
      "v",
      ({ metadata: { finalizers: _, ...metadata }, ...rest }) => ({ ...rest, metadata }),
    );
    expect(phase(plane.at(3), "data")).toBe("Lost");
    expect(plane.events()).toContain(
      "ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!",
    );
  });

  it("prefers volumes with few access modes to small ones", () => {
    const plane = planeWith();
    volume(plane, "small", "1Gi", { accessModes: ["ReadWriteOnce", "ReadWriteMany"] });
    volume(plane, "plain", "5Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2);
    expect(plane.get("PersistentVolumeClaim", "default/data").spec.volumeName).toBe("plain");
  });

  it("binds a volume that is reserved for a claim before any other with its access modes", () => {
    const plane = planeWith();
    volume(plane, "small", "1Gi");
    volume(plane, "mine", "5Gi", { claimRef: { namespace: "default", name: "data" } });
    plane.at(1);
    expect(plane.get("PersistentVolume", "mine").status.phase).toBe("Available");
    claim(plane, "data", "1Gi");
    plane.at(2);
    expect(plane.get("PersistentVolumeClaim", "default/data").spec.volumeName).toBe("mine");
    expect(plane.get("PersistentVolume", "mine").metadata.annotations).toBeUndefined();
  });

  it.each([
    ["a small one", { capacity: { storage: "1Mi" } }, {}, "requested PV is too small"],
    ["another class", { storageClassName: "x" }, {}, "storageClassName does not match"],
    [
      "other attributes",
      {},
      { volumeAttributesClassName: "gold" },
      "volumeAttributesClassName does not match",
    ],
    ["another mode", { volumeMode: "Block" }, {}, "incompatible volumeMode"],
    ["other access", { accessModes: ["ReadOnlyMany"] }, {}, "incompatible accessMode"],
  ])("says why a named volume is not taken: %s", (_, ofVolume, ofClaim, why) => {
    const plane = planeWith();
    volume(plane, "v", "1Gi", ofVolume);
    plane.at(1);
    claim(plane, "data", "1Gi", { volumeName: "v", ...ofClaim });
    expect(phase(plane.at(2), "data")).toBe("Pending");
    expect(plane.events()).toEqual([`VolumeMismatch Cannot bind to requested volume "v": ${why}`]);
  });

  it("says that a named volume belongs to another claim", () => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "first", "1Gi");
    plane.at(2);
    claim(plane, "second", "1Gi", { volumeName: "v" });
    expect(phase(plane.at(3), "second")).toBe("Pending");
    expect(plane.events()).toEqual([
      'FailedBinding volume "v" already bound to a different claim.',
    ]);
  });

  it("gives a claim without a class the default one that comes later, at the next resync", () => {
    const plane = planeWith();
    claim(plane, "data", "1Gi", { storageClassName: undefined });
    claim(plane, "none", "1Gi", { storageClassName: "" });
    plane.at(1);
    storageClass(plane, {
      metadata: {
        name: "fast",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
    });
    plane.at(14);
    expect(plane.get("PersistentVolumeClaim", "default/data").spec.storageClassName).toBe(
      undefined,
    );
    expect(phase(plane.at(20), "data")).toBe("Bound");
    expect(plane.get("PersistentVolumeClaim", "default/none").spec.storageClassName).toBe("");
  });

  it("names all pods that wait for a delayed claim", () => {
    const plane = planeWith();
    storageClass(plane, { volumeBindingMode: "WaitForFirstConsumer" });
    for (const name of ["a", "b"])
      plane.create(
        "Pod",
        podOn(name, undefined, {
          volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }],
        }),
      );
    plane.at(1);
    claim(plane, "data", "1Gi", { storageClassName: "fast" });
    plane.at(2);
    expect(plane.events()).toEqual(["WaitForPodScheduled waiting for pods a,b to be scheduled"]);
  });

  it.each([
    ["the controller bound", undefined, undefined],
    ["a user bound", undefined, { namespace: "default", name: "data" }],
  ])("unbinds a volume that %s when its claim is bound to another", (who, _, left) => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2);
    const { uid } = plane.get("PersistentVolumeClaim", "default/data").metadata;
    const byController = who.startsWith("the controller");
    plane.create("PersistentVolume", {
      metadata: {
        name: "w",
        ...(byController ? { annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } } : {}),
      },
      spec: {
        ...plane.get("PersistentVolume", "v").spec,
        claimRef: { namespace: "default", name: "data", uid },
      },
    });
    plane.at(20);
    const { spec, status, metadata } = plane.get("PersistentVolume", "w");
    expect(spec.claimRef).toEqual(left);
    expect(status.phase).toBe("Available");
    expect(metadata.annotations).toBeUndefined();
  });

  it("forgets what a claim had of a volume that it lost", () => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2);
    plane.edit("PersistentVolume", "v", (object) => ({
      ...object,
      spec: { ...object.spec, claimRef: { ...object.spec.claimRef, uid: "another" } },
    }));
    plane.at(3);
    expect(plane.get("PersistentVolumeClaim", "default/data").status).toEqual({ phase: "Lost" });
    expect(plane.events()).toContain(
      "ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly",
    );
  });

  it("tells volume and claim that their modes differ when the volume is bound to the claim", () => {
    const plane = planeWith();
    claim(plane, "data", "1Gi");
    const { uid } = plane.get("PersistentVolumeClaim", "default/data").metadata;
    volume(plane, "v", "1Gi", {
      volumeMode: "Block",
      claimRef: { namespace: "default", name: "data", uid },
    });
    plane.at(1);
    expect(plane.events()).toEqual(
      expect.arrayContaining([
        'VolumeMismatch Cannot bind PersistentVolume to requested PersistentVolumeClaim "data" due to incompatible volumeMode.',
        'VolumeMismatch Cannot bind PersistentVolume "v" to requested PersistentVolumeClaim due to incompatible volumeMode.',
      ]),
    );
  });
});
