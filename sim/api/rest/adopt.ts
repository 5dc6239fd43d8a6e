import { type StandingObjects, unhidden } from "../standing/standing-objects.ts";
import type { Call } from "./context.ts";
import { parameter } from "./request.ts";

/** Makes a standing object that a request writes to a stored one, before it is written; not in a dry run. */
export function adopt({ resource, target, query, api }: Call, standing: StandingObjects): void {
  const { kind, descriptor } = resource;
  if (descriptor.namespaced || parameter(query, "dryRun") !== undefined) return;
  const found = unhidden(standing, api.store, kind).find(
    ({ metadata }) => metadata.name === target.name,
  );
  if (found === undefined || !descriptor.verbs.includes("create")) return;
  const { uid: _, resourceVersion: __, ...metadata } = found.metadata;
  api.create(kind, { ...found, metadata });
}
