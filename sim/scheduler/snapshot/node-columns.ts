import type { Node } from "../../api/types.gen.ts";
import type { HostPort, PodTraits } from "./pod-info.ts";
import { amountOf, type ResourceTable } from "./resources.ts";

/** What nodes offer and what their pods hold, as one typed array per quantity. */
export class NodeColumns {
  /** Allocatable amount per resource column and node. */
  readonly allocatable: Float64Array[] = [];
  /** Requested amount per resource column and node. */
  readonly requested: Float64Array[] = [];
  /** Requested CPU in millicores with the assumed minimum per container. */
  nonzeroMilliCpu: Float64Array;
  /** Requested memory in bytes with the assumed minimum per container. */
  nonzeroMemory: Float64Array;
  podCount: Int32Array;
  allowedPods: Int32Array;
  /** Host ports in use per node; absent where there are none. */
  readonly hostPorts = new Map<number, HostPort[]>();
  private readonly resources: ResourceTable;
  private capacity: number;

  constructor(resources: ResourceTable, capacity: number) {
    this.resources = resources;
    this.capacity = capacity;
    this.nonzeroMilliCpu = new Float64Array(capacity);
    this.nonzeroMemory = new Float64Array(capacity);
    this.podCount = new Int32Array(capacity);
    this.allowedPods = new Int32Array(capacity);
  }

  /** Allocatable amounts of one resource; made on first use. */
  allocatableOf(resource: number): Float64Array {
    this.cover(resource);
    return this.allocatable[resource] as Float64Array;
  }

  /** Requested amounts of one resource; made on first use. */
  requestedOf(resource: number): Float64Array {
    this.cover(resource);
    return this.requested[resource] as Float64Array;
  }

  /** Reads what a node offers. What its pods hold stays. */
  setNode(index: number, node: Node): void {
    for (const column of this.allocatable) column[index] = 0;
    this.allowedPods[index] = 0;
    const allocatable = node.status?.allocatable ?? {};
    for (const name in allocatable) {
      const amount = amountOf(name, allocatable[name] ?? "0");
      if (name === "pods") this.allowedPods[index] = amount;
      else this.allocatableOf(this.resources.idOf(name))[index] = amount;
    }
  }

  /** A pod comes to (+1) or leaves (-1) a node. */
  count(traits: PodTraits, node: number, sign: 1 | -1): void {
    const { resources, amounts, hostPorts } = traits;
    for (let at = 0; at < resources.length; at++) {
      const column = this.requestedOf(resources[at] as number);
      column[node] = (column[node] as number) + sign * (amounts[at] as number);
    }
    this.nonzeroMilliCpu[node] = (this.nonzeroMilliCpu[node] ?? 0) + sign * traits.nonzeroMilliCpu;
    this.nonzeroMemory[node] = (this.nonzeroMemory[node] ?? 0) + sign * traits.nonzeroMemory;
    this.podCount[node] = (this.podCount[node] ?? 0) + sign;
    if (hostPorts.length > 0) this.countPorts(hostPorts, node, sign);
  }

  /** Makes room for more nodes. */
  grow(capacity: number): void {
    this.capacity = capacity;
    const wider = (column: Float64Array) => {
      const copy = new Float64Array(capacity);
      copy.set(column);
      return copy;
    };
    for (let at = 0; at < this.allocatable.length; at++) {
      this.allocatable[at] = wider(this.allocatable[at] as Float64Array);
      this.requested[at] = wider(this.requested[at] as Float64Array);
    }
    this.nonzeroMilliCpu = wider(this.nonzeroMilliCpu);
    this.nonzeroMemory = wider(this.nonzeroMemory);
    const { podCount, allowedPods } = this;
    this.podCount = new Int32Array(capacity);
    this.podCount.set(podCount);
    this.allowedPods = new Int32Array(capacity);
    this.allowedPods.set(allowedPods);
  }

  private cover(resource: number): void {
    while (this.allocatable.length <= resource) {
      this.allocatable.push(new Float64Array(this.capacity));
      this.requested.push(new Float64Array(this.capacity));
    }
  }

  /**
   * Upstream keeps the ports of a node as a set: a dry run that takes off one of two pods with the same port frees
   * it. Real changes are read anew from the pods that remain.
   */
  private countPorts(ports: readonly HostPort[], node: number, sign: 1 | -1): void {
    let used = this.hostPorts.get(node) ?? [];
    for (const port of ports) {
      used = used.filter((each) => !samePort(each, port));
      if (sign > 0) used.push(port);
    }
    if (used.length === 0) this.hostPorts.delete(node);
    else this.hostPorts.set(node, used);
  }

  /** Reads a node's ports anew from its pods. */
  setPorts(node: number, pods: readonly { readonly traits: PodTraits }[]): void {
    this.hostPorts.delete(node);
    for (const { traits } of pods)
      if (traits.hostPorts.length > 0) this.countPorts(traits.hostPorts, node, 1);
  }
}

function samePort(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && a.ip === b.ip;
}
