import { milliValue, wholeValue } from "../../api/meta/quantity.ts";
import type { Container, ContainerStatus, Pod, Quantity } from "../../api/types.gen.ts";

/** Resource amounts by name: CPU in millicores, everything else in whole units. */
export type Amounts = Map<string, number>;
type Quantities = Readonly<Record<string, Quantity>>;

/** What scoring assumes of a container that names no CPU request, in millicores. */
const DEFAULT_MILLI_CPU = 100;
/** What scoring assumes of a container that names no memory request, in bytes. */
const DEFAULT_MEMORY = 200 * 1024 * 1024;

/** A quantity in the scheduler's unit for its resource. */
export function amountOf(resource: string, quantity: Quantity): number {
  return resource === "cpu" ? milliValue(quantity) : wholeValue(quantity);
}

function amounts(quantities: Quantities | undefined): Amounts {
  const result: Amounts = new Map();
  for (const name in quantities) {
    const quantity = quantities[name];
    if (quantity !== undefined) result.set(name, amountOf(name, quantity));
  }
  return result;
}

function add(into: Amounts, more: Amounts): void {
  for (const [name, amount] of more) into.set(name, (into.get(name) ?? 0) + amount);
}

function raise(into: Amounts, floor: Amounts): void {
  for (const [name, amount] of floor)
    if (!into.has(name) || amount > (into.get(name) ?? 0)) into.set(name, amount);
}

function resizeInfeasible(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(
    (condition) => condition.type === "PodResizePending" && condition.reason === "Infeasible",
  );
}

/**
 * The larger of what is asked for, what was promised and what is held, resource by resource; a resize the node can
 * never grant does not count.
 */
function effective(
  asked: Amounts,
  held: Quantities | undefined,
  promised: Quantities | undefined,
  infeasible: boolean,
): Amounts {
  const result = amounts(held);
  raise(result, amounts(promised));
  if (!infeasible) raise(result, asked);
  return result;
}

/** What a container holds; only while it is resized in place does that differ from what it asks for. */
function containerAmounts(
  container: Container,
  status: ContainerStatus | undefined,
  infeasible: boolean,
): Amounts {
  const asked = amounts(container.resources?.requests);
  if (status?.resources === undefined) return asked;
  return effective(asked, status.resources.requests, status.allocatedResources, infeasible);
}

/** What the pod as a whole asks for or, while it is resized, holds; only the resources its spec names count. */
function podLevelAmounts({ spec, status }: Pod, infeasible: boolean): Amounts {
  const asked = amounts(spec.resources?.requests);
  const held =
    status?.resources === undefined
      ? asked
      : effective(asked, status.resources.requests, status.allocatedResources, infeasible);
  for (const name of [...held.keys()])
    if (!asked.has(name) || !isPodLevelResource(name)) held.delete(name);
  return held;
}

/** Options of `podAmounts`. */
export interface AmountOptions {
  /** Amounts assumed of a container that does not name the resource. */
  readonly assume?: Amounts;
  /** Leave out the requests stated for the pod as a whole. */
  readonly containersOnly?: boolean;
}

/**
 * The pod's effective requests: containers and sidecars together, or the largest init step if that is more;
 * pod-level requests override; overhead comes on top.
 */
export function podAmounts(pod: Pod, options: AmountOptions = {}): Amounts {
  const infeasible = resizeInfeasible(pod);
  const statuses = new Map<string, ContainerStatus>();
  for (const status of pod.status?.containerStatuses ?? []) statuses.set(status.name, status);
  for (const status of pod.status?.initContainerStatuses ?? []) statuses.set(status.name, status);
  const of = (container: Container, useStatus: boolean): Amounts => {
    const own = containerAmounts(
      container,
      useStatus ? statuses.get(container.name) : undefined,
      infeasible,
    );
    for (const [name, amount] of options.assume ?? []) if (!own.has(name)) own.set(name, amount);
    return own;
  };
  const total: Amounts = new Map();
  for (const container of pod.spec.containers) add(total, of(container, true));
  addInitContainers(pod, total, of);
  if (options.containersOnly !== true)
    for (const [name, amount] of podLevelAmounts(pod, infeasible)) total.set(name, amount);
  add(total, amounts(pod.spec.overhead));
  return total;
}

function addInitContainers(
  pod: Pod,
  total: Amounts,
  of: (container: Container, useStatus: boolean) => Amounts,
): void {
  const sidecars: Amounts = new Map();
  const largest: Amounts = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    const sidecar = container.restartPolicy === "Always";
    const own = of(container, sidecar);
    if (sidecar) {
      add(total, own);
      add(sidecars, own);
      raise(largest, sidecars);
    } else {
      add(own, sidecars);
      raise(largest, own);
    }
  }
  raise(total, largest);
}

function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

/** Whether the pod states requests of its own, above those of its containers. */
function hasPodLevelRequests(pod: Pod): boolean {
  return Object.keys(pod.spec.resources?.requests ?? {}).some(isPodLevelResource);
}

/**
 * Requests as scoring sees them: 100m CPU and 200 MiB for each container that names none. With pod-level
 * requests the assumption is made only for a resource that nobody names.
 */
export function nonzeroAmounts(pod: Pod, requests: Amounts): Amounts {
  const assume: Amounts = new Map();
  const podLevel = hasPodLevelRequests(pod);
  if (!podLevel || (requests.get("cpu") ?? 0) === 0) assume.set("cpu", DEFAULT_MILLI_CPU);
  if (!podLevel || (requests.get("memory") ?? 0) === 0) assume.set("memory", DEFAULT_MEMORY);
  return assume.size === 0 ? requests : podAmounts(pod, { assume });
}

/**
 * What the incoming pod adds in NodeResourcesFit's score: upstream's scorer looks at containers only there, with the
 * assumed minimum for each.
 */
export function scoredAmounts(pod: Pod): Amounts {
  const assume = new Map([
    ["cpu", DEFAULT_MILLI_CPU],
    ["memory", DEFAULT_MEMORY],
  ]);
  return podAmounts(pod, { assume, containersOnly: true });
}

/** Numbers for resource names, so that amounts can be columns. */
export class ResourceTable {
  readonly names: string[] = ["cpu", "memory", "ephemeral-storage"];
  private readonly ids = new Map<string, number>([
    ["cpu", CPU],
    ["memory", MEMORY],
    ["ephemeral-storage", 2],
  ]);

  /** Number of a resource; new names get the next one. */
  idOf(name: string): number {
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    const id = this.names.length;
    this.names.push(name);
    this.ids.set(name, id);
    return id;
  }
}

/** Column of CPU, in millicores. */
export const CPU = 0;
/** Column of memory, in bytes. */
export const MEMORY = 1;
