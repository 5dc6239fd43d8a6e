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

const claimTemplate: Step[1] = (cluster) =>
  create(cluster, "ResourceClaimTemplate", {
    metadata: named("gpu"),
    spec: { spec: { devices: { requests } } },
  });

/** The first devices get a taint, and lose those they have. */
const taintDevices = (count: number, effect: string): Step[1] =>
  editSpec("ResourceSlice", "slice", (spec) => ({
    ...spec,
    devices: spec.devices.map(({ name }: { name: string }, at: number) =>
      at < count ? { name, taints: [{ key: "broken", effect }] } : { name },
    ),
  }));

/** Which of the devices a pod got is up to the order. */
const anyDevice: World["state"] = (cluster) =>
  canonicalState(cluster).map((line) => line.replaceAll(/"device":"d\d"/g, '"device":"*"'));

/** Worlds of the controller of claims for devices: made, allocated, reserved, let go. */
export const claimWorlds: Readonly<Record<string, World>> = {
  "resourceclaim-controller": {
    steps: [
      [1, devices],
      [2, claimTemplate],
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
    state: anyDevice,
  },
  "device-taint-eviction-controller": {
    steps: [
      [1, devices],
      [2, claimTemplate],
      [3, workload("Deployment", 3, {}, template({ resourceClaims: templated }))],
      [20, taintDevices(2, "NoExecute")],
      [40, taintDevices(0, "")],
    ],
    until: 150,
    state: anyDevice,
  },
};
