import { scaleToMaximum } from "../framework/normalize.ts";
import type { PluginFactory } from "../framework/plugin.ts";

const NAME = "DynamicResources";

/** Devices claimed by pods. Pods without claims pass; nothing is ever deallocated on their behalf. */
export const dynamicResources: PluginFactory = {
  name: NAME,
  create: () => ({
    name: NAME,
    wakesOn: [
      { resource: "ResourceClaim", actions: ["add", "update"] },
      { resource: "ResourceSlice", actions: ["add", "update"] },
      { resource: "DeviceClass", actions: ["add", "update"] },
      { resource: "TargetPod", actions: ["update-claims"] },
      { resource: "Node", actions: ["add", "update-label", "update-taint"] },
    ],
    preFilter: () => "skip",
    filter: { dependsOn: "node", filter: () => () => undefined },
    postFilter: ({ preFiltered }) =>
      preFiltered(NAME)
        ? { code: "Unschedulable", reasons: ["no new claims to deallocate"] }
        : { code: "Error", reasons: ["not found"] },
    score: { dependsOn: "node", normalize: scaleToMaximum, score: () => () => 0 },
  }),
};
