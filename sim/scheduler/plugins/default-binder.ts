import type { PluginFactory } from "../framework/plugin.ts";

/** Binds by writing the pod's binding; the simulation's own binding stage does the write. */
export const defaultBinder: PluginFactory = {
  name: "DefaultBinder",
  create: () => ({ name: "DefaultBinder", bind: () => false }),
};
