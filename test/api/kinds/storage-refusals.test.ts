import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";
import { check, checkChange } from "./refusal-rows.ts";

/* Volumes and claims: what upstream's `ValidatePersistentVolume` and `ValidatePersistentVolumeClaim` say, also of changes. */

const VOLUMES = "/api/v1/persistentvolumes";
const CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";

const volume = (spec: object) => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "v" },
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
});

const claim = ({ annotations, ...spec }: any) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "c", ...(annotations === undefined ? {} : { annotations }) },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    ...spec,
  },
});

const disk = { csi: { driver: "d", volumeHandle: "h" } };

describe("a new volume", () => {
  check(VOLUMES, volume, [
    [
      "no size",
      { capacity: undefined, hostPath: { path: "/x" } },
      '[spec.capacity: Required value, spec.capacity: Unsupported value: null: supported values: "storage"]',
    ],
    [
      "a local volume anywhere",
      { local: { path: "/x" } },
      "spec.nodeAffinity: Required value: Local volume requires node affinity",
    ],
    [
      "two places",
      { hostPath: { path: "/x" }, nfs: { server: "s", path: "/x" } },
      "spec.nfs: Forbidden: may not specify more than 1 volume type",
    ],
    [
      "a disk without a name",
      { csi: { driver: "d", nodePublishSecretRef: { name: "s" } } },
      "[spec.csi.volumeHandle: Required value, spec.csi.nodePublishSecretRef.namespace: Required value]",
    ],
    [
      "attributes of a plain volume",
      { hostPath: { path: "/x" }, volumeAttributesClassName: "fast" },
      "spec.csi: Required value: has to be specified when using volumeAttributesClassName",
    ],
    [
      "recycling the node",
      { hostPath: { path: "//" }, persistentVolumeReclaimPolicy: "Recycle" },
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
    [
      "a path that is not one",
      { nfs: { server: "s", path: "x" } },
      'spec.nfs.path: Invalid value: "x": must be an absolute path',
    ],
  ]);
});

describe("a volume", () => {
  checkChange(VOLUMES, volume, [
    [
      "another mode",
      disk,
      { volumeMode: "Block" },
      'volumeMode: Invalid value: "Block": field is immutable',
    ],
    [
      "no more attributes",
      { ...disk, volumeAttributesClassName: "fast" },
      { volumeAttributesClassName: undefined },
      "spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden",
    ],
  ]);

  it("may name the secret that growing needs", () => {
    const bare = bareApi();
    const made = request(bare, "POST", VOLUMES, volume(disk));
    const secret = { controllerExpandSecretRef: { name: "s", namespace: "n" } };
    const next = { ...(made.body as object), ...volume({ csi: { ...disk.csi, ...secret } }) };
    expect(request(bare, "PUT", `${VOLUMES}/v`, next).code).toBe(200);
  });
});

describe("a new claim", () => {
  check(CLAIMS, claim, [
    [
      "a size below nothing",
      { resources: { requests: { storage: "-1Gi" } } },
      '[spec.resources[storage]: Invalid value: "-1Gi": must be greater than or equal to 0, spec.resources[storage]: Invalid value: "-1Gi": must be greater than zero]',
    ],
    [
      "a mode that stands alone",
      { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] },
      "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
    ],
    [
      "sources that differ",
      {
        dataSource: { kind: "PersistentVolumeClaim", name: "a" },
        dataSourceRef: { kind: "PersistentVolumeClaim", name: "b" },
      },
      "spec: Invalid value: {}: must match dataSourceRef",
    ],
    [
      "a source of nobody's kind",
      { dataSourceRef: { kind: "Foo", name: "a" } },
      "[spec.dataSource: Invalid value: \"Foo\": must be 'PersistentVolumeClaim' when referencing the default apiGroup, spec.dataSourceRef: Invalid value: \"Foo\": must be 'PersistentVolumeClaim' when referencing the default apiGroup]",
    ],
  ]);

  it("loses a source that the old field was never read for", () => {
    const body = claim({ dataSource: { kind: "Foo", name: "a" } });
    const made = request(bareApi(), "POST", CLAIMS, body);
    expect(made.code).toBe(201);
    expect((made.body as { spec: object }).spec).not.toHaveProperty("dataSource");
  });
});

describe("a claim", () => {
  const BETA = "volume.beta.kubernetes.io/storage-class";
  checkChange(CLAIMS, claim, [
    [
      "another old annotation",
      { annotations: { [BETA]: "a" } },
      { annotations: { [BETA]: "b" } },
      `metadata.annotations.${BETA}: Invalid value: "b": field is immutable`,
    ],
  ]);

  it("may get a class when it has none", () => {
    const bare = bareApi();
    request(bare, "POST", CLAIMS, claim({}));
    const next = claim({ storageClassName: "fast" });
    expect(request(bare, "PUT", `${CLAIMS}/c`, next).code).toBe(200);
  });
});
