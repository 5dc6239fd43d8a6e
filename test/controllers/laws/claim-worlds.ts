import { canonicalState } from "./canonical.ts";
import {
  CONTAINERS,
  create,
  editSpec,
  named,
  remove,
  type Step,
  template,
  type World,
  workload,
} from "./parts.ts";

const requests = [{ name: "g", exactly: { deviceClassName: "gpu" } }];
const templated = [{ name: "dev", resourceClaimTemplateName: "gpu" }];

const devices: Step[1] = (cluster) => {
  create(cluster, "DeviceClass", { metadata: { name: "gpu" }, spec: {} });
  create(cluster, "ResourceSlice", {
    metadata: { name: "slice" },
    spec: {
      driver: "gpu.example",
      pool: { name: "pool", generation: 1, resourceSliceCount: 1 },
      allNodes: true,
      devices: ["d0", "d1", "d2", "d3"].map((name) => ({ name })),
    },
  });
};

/** Worlds of the controller of claims for devices: made, allocated, reserved, let go. */
export const claimWorlds: Readonly<Record<string, World>> = {
  "resourceclaim-controller": {
    steps: [
      [1, devices],
      [
        2,
        (cluster) =>
          create(cluster, "ResourceClaimTemplate", {
            metadata: named("gpu"),
            spec: { spec: { devices: { requests } } },
          }),
      ],
      [3, workload("Deployment", 2, {}, template({ resourceClaims: templated }))],
      [
        4,
        (cluster) =>
          create(cluster, "ResourceClaim", {
            metadata: named("shared"),
            spec: { devices: { requests } },
          }),
      ],
      [
        5,
        (cluster) =>
          create(cluster, "Pod", {
            metadata: named("user"),
            spec: {
              containers: CONTAINERS,
              resourceClaims: [{ name: "dev", resourceClaimName: "shared" }],
            },
          }),
      ],
      [20, editSpec("Deployment", "default/web", (spec) => ({ ...spec, replicas: 1 }))],
      [30, remove("Pod", "default/user")],
    ],
    until: 150,
    // Which of the devices a pod got is up to the order.
    state: (cluster) =>
      canonicalState(cluster).map((line) => line.replaceAll(/"device":"d\d"/g, '"device":"*"')),
  },
};
