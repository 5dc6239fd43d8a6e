import { formatQuantity, parseQuantity, wholeValue } from "../../meta/quantity.ts";
import type { Container, PodSpec, ResourceRequirements } from "../../types.gen.ts";
import { refine, remembered } from "../fill.ts";

/** Quantities by resource name. */
export type Resources = Readonly<Record<string, string>>;

const FINER_THAN_MILLI = /[nu]$/;

/** Resources rounded up to thousandths: the finest that containers may ask for. */
export function roundResources<T extends Resources>(resources: T): T {
  let result: Record<string, string> | undefined;
  for (const name in resources) {
    const text = resources[name] ?? "0";
    if (!FINER_THAN_MILLI.test(text)) continue;
    const parsed = parseQuantity(text);
    if (parsed === undefined) continue;
    const milli = (parsed.nanos + 999_999n) / 1_000_000n;
    result ??= { ...resources };
    result[name] = formatQuantity({ ...parsed, nanos: milli * 1_000_000n });
  }
  return (result as T | undefined) ?? resources;
}

/** The same for limits and requests. */
export function roundRequirements<T extends Pick<ResourceRequirements, "limits" | "requests">>(
  resources: T,
): T {
  const own: Pick<ResourceRequirements, "limits" | "requests"> = resources;
  return refine(refine(own, "limits", roundResources), "requests", roundResources) as T;
}

function nanosOf(text: string | undefined): bigint {
  return text === undefined ? 0n : (parseQuantity(text)?.nanos ?? 0n);
}

function isHugePage(name: string): boolean {
  return name.startsWith("hugepages-");
}

/** Whether a resource may be declared for a whole pod. */
export function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || isHugePage(name);
}

/** Adds `more` to `sums`; the first writer of a resource decides the format. */
function addTo(sums: Map<string, string>, more: Resources): void {
  for (const name of Object.keys(more)) {
    const text = more[name] ?? "0";
    const before = sums.get(name);
    const format = parseQuantity(before ?? text)?.format ?? "DecimalSI";
    sums.set(name, formatQuantity({ nanos: nanosOf(before) + nanosOf(text), format }));
  }
}

function raiseTo(maxima: Map<string, string>, more: Iterable<readonly [string, string]>): void {
  for (const [name, text] of more) {
    const before = maxima.get(name);
    if (before === undefined || nanosOf(text) > nanosOf(before)) maxima.set(name, text);
  }
}

/**
 * What a pod's containers ask for together: the sum of the containers and of restartable init containers, or the
 * largest init container with the restartable ones before it, whichever is more (component-helpers `PodRequests`).
 */
export function sumOfContainers(
  spec: PodSpec,
  read: (container: Container) => Resources | undefined,
): ReadonlyMap<string, string> {
  const total = new Map<string, string>();
  for (const container of spec.containers ?? []) addTo(total, read(container) ?? {});
  const sidecars = new Map<string, string>();
  const initPeak = new Map<string, string>();
  for (const container of spec.initContainers ?? []) {
    const own = read(container) ?? {};
    if (container.restartPolicy === "Always") {
      addTo(total, own);
      addTo(sidecars, own);
      raiseTo(initPeak, sidecars);
    } else {
      const during = new Map(sidecars);
      addTo(during, own);
      raiseTo(initPeak, during);
    }
  }
  raiseTo(total, initPeak);
  return total;
}

/**
 * Resources of the whole pod where they are declared in part: huge pages are limited to those of the containers, and requests come
 * from the containers, else from the limits (core/v1 `defaultHugePagePodLimits`, `defaultPodRequests`).
 */
export function podLevelResources(spec: PodSpec): PodSpec {
  const { resources } = spec;
  if (resources === undefined || !(hasAny(resources.limits) || hasAny(resources.requests))) {
    return spec;
  }
  return refine(spec, "resources", (own) => podLevelRequests(spec, hugePageLimits(spec, own)));
}

function hasAny(list: Resources | undefined): boolean {
  for (const _name in list) return true;
  return false;
}

function hugePageLimits(spec: PodSpec, resources: ResourceRequirements): ResourceRequirements {
  let limits = resources.limits;
  for (const [name, text] of sumOfContainers(spec, (container) => container.resources?.limits)) {
    const declared = limits?.[name] ?? resources.requests?.[name];
    if (isHugePage(name) && declared === undefined) limits = { ...limits, [name]: text };
  }
  return limits === resources.limits || limits === undefined ? resources : { ...resources, limits };
}

function podLevelRequests(spec: PodSpec, resources: ResourceRequirements): ResourceRequirements {
  const { limits } = resources;
  if (!hasAny(limits)) return resources;
  const requests: Record<string, string> = { ...resources.requests };
  const aggregate = sumOfContainers(spec, (container) => container.resources?.requests);
  for (const [name, text] of aggregate) {
    const shared = isPodLevelResource(name) && !isHugePage(name);
    if (requests[name] === undefined && shared) requests[name] = text;
  }
  for (const name in limits) {
    const limit = limits[name];
    if (limit !== undefined && requests[name] === undefined && isPodLevelResource(name)) {
      requests[name] = limit;
    }
  }
  return hasAny(requests) ? { ...resources, requests } : resources;
}

/** Quality-of-service class of a pod. */
export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** Class of a pod by its cpu and memory: containers and init containers, or the pod's own resources when declared. */
export const qosClass = remembered((spec: PodSpec): QosClass => {
  const own = spec.resources;
  const podLevel =
    own !== undefined &&
    [...Object.keys(own.requests ?? {}), ...Object.keys(own.limits ?? {})].some(isPodLevelResource);
  const parts: readonly (ResourceRequirements | undefined)[] = podLevel
    ? [own]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((one) => one.resources);
  let anything = false;
  let guaranteed = true;
  for (const part of parts) {
    for (const name of ["cpu", "memory"]) {
      const request = positive(part?.requests?.[name]);
      const limit = positive(part?.limits?.[name]);
      if (request !== undefined || limit !== undefined) anything = true;
      if (limit === undefined || (request !== undefined && nanosOf(request) !== nanosOf(limit))) {
        guaranteed = false;
      }
    }
  }
  if (!anything) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
});

function positive(text: string | undefined): string | undefined {
  return text !== undefined && wholeValue(text) > 0 ? text : undefined;
}
