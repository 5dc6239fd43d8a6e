import type { Manifest } from "../../api/object.ts";
import { anyObject } from "../schema/schema.ts";
import { defineVerb } from "./verb.ts";

/** Creates one object and says nothing: how the pods of a workload arrive. Not a verb of scenario files. */
export const arrive = defineVerb<Readonly<Record<string, unknown>>, Manifest>({
  name: "arrive",
  description: "Creates one object of a workload.",
  schema: anyObject(),
  prepare: (value) => value as unknown as Manifest,
  summary: ({ kind, metadata }) => `${kind} ${metadata.name ?? ""} arrives`,
  run: (manifest, { api }) => {
    api.create(manifest);
    return undefined;
  },
});
