import { type StandingObjects, unhidden } from "../standing/standing-objects.ts";
import type { Call } from "./context.ts";

/** A request with the standing object that it names, where nothing is stored: a write stores it, when it goes through. */
export function withStanding(call: Call, standing: StandingObjects): Call {
  const { resource, target, api } = call;
  const { kind, descriptor } = resource;
  if (descriptor.namespaced || !descriptor.verbs.includes("create")) return call;
  const found = unhidden(standing, api.store, kind).find(
    ({ metadata }) => metadata.name === target.name,
  );
  return found === undefined ? call : { ...call, standing: found };
}
