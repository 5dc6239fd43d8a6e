import {
  claim,
  create,
  editSpec,
  remove,
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
  "volume-provisioner": provisioned,
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
