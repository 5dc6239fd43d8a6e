import { type StandingObjects, unhidden } from "../standing/standing-objects.ts";
import type { Call } from "./context.ts";
import { readDeleteOptions } from "./options.ts";
import { parameter } from "./request.ts";

/** Makes a standing object that a request writes to a stored one, before it is written; not in a dry run. */
export function adopt(call: Call, standing: StandingObjects): void {
  const { resource, target, api } = call;
  const { kind, descriptor } = resource;
  if (descriptor.namespaced || isDryRun(call)) return;
  const found = unhidden(standing, api.store, kind).find(
    ({ metadata }) => metadata.name === target.name,
  );
  if (found === undefined || !descriptor.verbs.includes("create")) return;
  const { uid: _, resourceVersion: __, ...metadata } = found.metadata;
  api.create(kind, { ...found, metadata });
}

/** Deletions may say so in their body, as kubectl does. */
function isDryRun({ request, query }: Call): boolean {
  if (request.method === "DELETE") return readDeleteOptions(request, query).dryRun;
  return parameter(query, "dryRun") !== undefined;
}
