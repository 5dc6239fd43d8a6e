/**
 * Every built-in kind and the pure functions over its objects.
 *
 * The way of a request body through this folder, all pure, all synchronous, all in ./strategy.ts:
 *  1. `decodeObject(descriptor, {group, version}, json)`: JSON → object of the stored version, Go's type errors (thrown
 *     as `ApiError` 400), unknown fields (`strictErrors`; `strictDecodingError` of ../schema/decode.ts makes the 400);
 *  2. `applyDefaults(descriptor, object)`;
 *  3. `prepareCreate` / `prepareUpdate` / `prepareStatusUpdate(descriptor, …)`: status, generation, dropped fields;
 *  4. `validateCreate` / `validateUpdate` / `validateStatusUpdate(descriptor, …)` → field errors;
 *     `invalid(descriptor, name, errors)` of ../api-error.ts makes the 422; `warningsOf` the `Warning:` texts;
 *  5. `printObject(descriptor, {group, version}, object)`: what Go prints although unset (`status: {}`, `rules: null`).
 */
import { behaviours } from "./behaviours.ts";
import { withChecks } from "./checks.ts";
import { clusterWideKinds } from "./cluster-wide.ts";
import { coreKinds } from "./core.ts";
import { apiVersionOf, type KindDescriptor } from "./descriptor.ts";
import type { KindName } from "./kind-map.ts";
import { metricsKinds, reviewKinds } from "./reviews.ts";
import { workloadKinds } from "./workloads.ts";

export type { KindDescriptor } from "./descriptor.ts";

/** Kinds that are stored, in discovery's order of groups. */
export const kindDescriptors: readonly KindDescriptor[] = [
  ...coreKinds,
  ...workloadKinds,
  ...clusterWideKinds,
].map((descriptor) => withChecks({ ...descriptor, ...behaviours[descriptor.kind] }));

/** Kinds that are answered but never stored: reviews, bindings, metrics. */
export const unstoredKinds: readonly KindDescriptor[] = [...reviewKinds, ...metricsKinds];

const byKind = new Map<string, KindDescriptor>();
const byResource = new Map<string, KindDescriptor>();
const byVersionedKind = new Map<string, KindDescriptor>();
for (const descriptor of [...kindDescriptors, ...unstoredKinds]) {
  byKind.set(descriptor.kind, descriptor);
  for (const { group, version } of [descriptor, ...descriptor.otherVersions]) {
    byResource.set(`${group}/${version}/${descriptor.plural}`, descriptor);
    const apiVersion = apiVersionOf({ group, version });
    byVersionedKind.set(`${apiVersion}/${descriptor.kind}`, descriptor);
  }
}

/** Descriptor of a built-in kind; undefined for custom resources (theirs come from their definitions). */
export function findDescriptor(kind: KindName): KindDescriptor | undefined {
  return byKind.get(kind);
}

/** Descriptor of a built-in kind. Throws `RangeError` for a name that is none. */
export function descriptorOf(kind: KindName): KindDescriptor {
  const found = byKind.get(kind);
  if (found === undefined) throw new RangeError(`unknown kind: ${kind}`);
  return found;
}

/** Descriptor behind a URL; also finds the other served versions (autoscaling/v1, events.k8s.io/v1). */
export function descriptorByResource(
  group: string,
  version: string,
  plural: string,
): KindDescriptor | undefined {
  return byResource.get(`${group}/${version}/${plural}`);
}

/** Descriptor of an object's apiVersion and kind, in any served version. */
export function descriptorByApiVersion(
  apiVersion: string,
  kind: string,
): KindDescriptor | undefined {
  return byVersionedKind.get(`${apiVersion}/${kind}`);
}
