import { milliValue, wholeValue } from "../../api/meta/quantity.ts";
import type { Container, PodSpec, ResourceRequirements } from "../../api/types.gen.ts";

/** Amounts by resource: CPU in millicores, everything else in whole units. */
export type Amounts = Readonly<Record<string, number>>;

const NONE: Amounts = {};
const requestsOf = new WeakMap<PodSpec, Amounts>();
const amountsOf = new WeakMap<object, Amounts>();

/** Quantities as numbers; one reading per object. */
export function amounts(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  if (quantities === undefined) return NONE;
  const known = amountsOf.get(quantities);
  if (known !== undefined) return known;
  const read: Record<string, number> = {};
  for (const name in quantities) read[name] = amount(name, quantities[name] as string);
  amountsOf.set(quantities, read);
  return read;
}

/** One quantity of a resource as a number. */
export function amount(resource: string, quantity: string | number): number {
  return resource === "cpu" ? milliValue(quantity) : wholeValue(quantity);
}

/** What a pod takes of its node: containers and sidecars together, or more where an init container needs it; plus overhead. */
export function podRequests(spec: PodSpec): Amounts {
  const known = requestsOf.get(spec);
  if (known !== undefined) return known;
  const total: Record<string, number> = {};
  for (const container of spec.containers) add(total, requests(container.resources));
  const sidecars: Record<string, number> = {};
  const peak: Record<string, number> = {};
  for (const container of spec.initContainers ?? []) {
    const own = requests(container.resources);
    if (container.restartPolicy === "Always") {
      add(total, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else raise(peak, plus(own, sidecars));
  }
  raise(total, peak);
  for (const [name, value] of Object.entries(amounts(spec.resources?.requests)))
    total[name] = value;
  add(total, amounts(spec.overhead));
  requestsOf.set(spec, total);
  return total;
}

/** Requests of a container; the API's defaulting made them of limits where they were missing. */
export function requests(resources: ResourceRequirements | undefined): Amounts {
  return amounts(resources?.requests);
}

/** Limit of a container for a resource; `undefined` without one. */
export function limit(container: Container, resource: string): number | undefined {
  return amounts(container.resources?.limits)[resource];
}

/**
 * How the kernel rates a container when memory runs out (`oom_score_adj`): Guaranteed −997, BestEffort 1000,
 * Burstable 1000 − 1000 · request / capacity within 3..999 (2 is reserved for the node's own).
 */
export function oomScoreAdjust(qosClass: string, request: number, capacity: number): number {
  if (qosClass === "Guaranteed") return -997;
  if (qosClass === "BestEffort") return 1000;
  const score = 1000 - Math.floor((1000 * request) / Math.max(capacity, 1));
  return Math.min(Math.max(score, 2), 999);
}

function add(total: Record<string, number>, more: Amounts): void {
  for (const name in more) total[name] = (total[name] ?? 0) + (more[name] ?? 0);
}

function raise(total: Record<string, number>, other: Amounts): void {
  for (const name in other) total[name] = Math.max(total[name] ?? 0, other[name] ?? 0);
}

function plus(left: Amounts, right: Amounts): Amounts {
  const sum: Record<string, number> = { ...left };
  add(sum, right);
  return sum;
}
