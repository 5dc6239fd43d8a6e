import {
  claim,
  create,
  editSpec,
  remove,
  type Step,
  storageClass,
  template,
  type World,
  workload,
} from "./parts.ts";

const volumeUser = template({
  volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }],
});

const provisioned: World = {
  steps: [
    [1, storageClass],
    [2, claim("data", { storageClassName: "fast" })],
    [3, workload("Deployment", 1, {}, volumeUser)],
    [20, remove("Deployment", "default/web", { propagationPolicy: "Background" })],
    [25, remove("PersistentVolumeClaim", "default/data")],
    [26, claim("more", { storageClassName: "fast" })],
  ],
  until: 150,
};

const growing: World = {
  steps: [
    [
      1,
      (cluster) =>
        create(cluster, "StorageClass", {
          metadata: { name: "fast" },
          provisioner: "disk.example",
          allowVolumeExpansion: true,
        }),
    ],
    [2, claim("data", { storageClassName: "fast" })],
    [3, claim("more", { storageClassName: "fast" })],
    [20, grow("data", "2Gi")],
    [21, grow("more", "3Gi")],
    [22, grow("data", "4Gi")],
  ],
  until: 150,
};

function grow(name: string, storage: string): Step[1] {
  return editSpec("PersistentVolumeClaim", `default/${name}`, (spec) => ({
    ...spec,
    resources: { requests: { storage } },
  }));
}

/** Worlds of the controllers of volumes and claims. */
export const volumeWorlds: Readonly<Record<string, World>> = {
  "ephemeral-volume-controller": {
    steps: [
      [1, storageClass],
      [
        2,
        workload(
          "StatefulSet",
          2,
          { serviceName: "web" },
          template({
            volumes: [
              {
                name: "scratch",
                ephemeral: {
                  volumeClaimTemplate: {
                    spec: {
                      storageClassName: "fast",
                      accessModes: ["ReadWriteOnce"],
                      resources: { requests: { storage: "1Gi" } },
                    },
                  },
                },
              },
            ],
          }),
        ),
      ],
      [30, editSpec("StatefulSet", "default/web", (spec) => ({ ...spec, replicas: 1 }))],
    ],
    until: 150,
  },
  "persistentvolumeclaim-protection-controller": provisioned,
  "persistentvolume-protection-controller": provisioned,
  "persistentvolume-binder-controller": provisioned,
  "persistentvolume-attach-detach-controller": provisioned,
  // All it writes are Events.
  "persistentvolume-expander-controller": { ...growing, config: { pace: { eventObjects: true } } },
  "volume-provisioner": provisioned,
  "volume-resizer": growing,
  "volume-attacher": provisioned,
  "volumeattributesclass-protection-controller": {
    steps: [
      [
        1,
        (cluster) =>
          create(cluster, "VolumeAttributesClass", {
            metadata: { name: "gold" },
            driverName: "disk.example",
            parameters: { iops: "1" },
          }),
      ],
      [5, remove("VolumeAttributesClass", "gold")],
    ],
    until: 100,
  },
};
