import type { KubeObject } from "../object.ts";
import { type StandingObjects, unhidden } from "../standing/standing-objects.ts";
import type { Call } from "./context.ts";

/** The standing object that a request writes to, where nothing is stored: the write stores it, when it goes through. */
export function standingTarget(
  { resource, target, api }: Call,
  standing: StandingObjects,
): KubeObject | undefined {
  const { kind, descriptor } = resource;
  if (descriptor.namespaced || !descriptor.verbs.includes("create")) return undefined;
  return unhidden(standing, api.store, kind).find(({ metadata }) => metadata.name === target.name);
}
