import type { Pod } from "../../sim/api/types.gen.ts";
import { pod } from "./builders.ts";

const API = "resource.k8s.io/v1";
/** Driver of the devices. */
export const DRIVER = "gpu.example.com";

/** A class of devices. */
export const deviceClass = (name: string, ...expressions: string[]) => ({
  apiVersion: API,
  kind: "DeviceClass",
  metadata: { name },
  spec: { selectors: expressions.map((expression) => ({ cel: { expression } })) },
});

/** A device with a model, a NUMA node and memory. */
export const gpu = (name: string, model = "A100", memory = "40Gi", more: object = {}) => ({
  name,
  attributes: { model: { string: model }, "other.io/numa": { int: Number(name.slice(-1)) % 2 } },
  capacity: { memory: { value: memory } },
  ...more,
});

/** The devices of a node. */
export const slice = (where: string, devices: readonly object[], more: object = {}) => ({
  apiVersion: API,
  kind: "ResourceSlice",
  metadata: { name: `slice-${where}` },
  spec: {
    driver: DRIVER,
    nodeName: where,
    pool: { name: where, generation: 1, resourceSliceCount: 1 },
    devices,
    ...more,
  },
});

/** A claim with requests. */
export const claim = (
  name: string,
  requests: readonly object[],
  more: object = {},
  status?: object,
) => ({
  apiVersion: API,
  kind: "ResourceClaim",
  metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion: "1" },
  spec: { devices: { requests, ...more } },
  ...(status === undefined ? {} : { status }),
});

/** A request for devices of the class `gpu`. */
export const exactly = (name: string, more: object = {}) => ({
  name,
  exactly: { deviceClassName: "gpu", ...more },
});

/** A pod with claims. */
export const user = (name: string, ...claims: string[]): Pod =>
  pod(name, {
    spec: { resourceClaims: claims.map((each) => ({ name: each, resourceClaimName: each })) },
  });

/** Two devices of different models. */
export const two = [gpu("gpu-0"), gpu("gpu-1", "H100", "80Gi")];
