import type { HostPort } from "../../api/kinds/pod/host-ports.ts";
import type { Node } from "../../api/types.gen.ts";
import type { PodTraits } from "./pod-info.ts";
import { amountOf, CPU, MEMORY, type ResourceTable } from "./resources.ts";

/**
 * Where the amounts of one resource are: `values[node * stride + offset]`. Valid until the snapshot's structure
 * changes.
 */
export interface ResourceColumn {
  readonly values: Float64Array;
  readonly stride: number;
  /** Offset of what the node offers. */
  readonly allocatable: number;
  /** Offset of what its pods request. */
  readonly requested: number;
  /** Offset of what its pods request with the assumed minimum per container (CPU and memory). */
  readonly nonzero: number;
}

/** Numbers per node in `rows`: a cache line. */
export const ROW = 8;
/** Mark of a node that is cordoned. */
export const CORDONED = 1;
/** Mark of a node that has taints. */
export const TAINTED = 2;
/** Offset of the number of pods in a row. */
export const POD_COUNT = 0;
/** Offset of the number of pods allowed in a row. */
export const ALLOWED_PODS = 1;
const CPU_OFFSETS = { allocatable: 2, requested: 3, nonzero: 4 } as const;
const MEMORY_OFFSETS = { allocatable: 5, requested: 6, nonzero: 7 } as const;

/**
 * What nodes offer and what their pods hold. Pods, CPU and memory of a node stand side by side, because every
 * decision reads them together; the other resources have arrays of their own.
 */
export class NodeColumns {
  /** Pods, CPU in millicores and memory in bytes: `ROW` numbers per node. */
  rows: Float64Array;
  /** What is out of the ordinary about each node, so that ordinary ones need not be looked at. */
  marks: Uint8Array;
  /** Host ports in use per node; absent where there are none. */
  readonly hostPorts = new Map<number, HostPort[]>();
  private readonly others: Float64Array[] = [];
  private readonly resources: ResourceTable;
  /** Nodes there is room for. */
  capacity: number;

  constructor(resources: ResourceTable, capacity: number) {
    this.resources = resources;
    this.capacity = capacity;
    this.rows = new Float64Array(capacity * ROW);
    this.marks = new Uint8Array(capacity);
  }

  /** The column of a resource; made on first use. */
  of(resource: number): ResourceColumn {
    if (resource === CPU) return { values: this.rows, stride: ROW, ...CPU_OFFSETS };
    if (resource === MEMORY) return { values: this.rows, stride: ROW, ...MEMORY_OFFSETS };
    return { values: this.other(resource), stride: 2, allocatable: 0, requested: 1, nonzero: 1 };
  }

  /** Reads what a node offers. What its pods hold stays. */
  setNode(index: number, node: Node): void {
    const { rows } = this;
    const { taints = [], unschedulable = false } = node.spec ?? {};
    this.marks[index] = (unschedulable ? CORDONED : 0) | (taints.length > 0 ? TAINTED : 0);
    const row = index * ROW;
    for (const column of this.others) column[2 * index] = 0;
    rows[row + ALLOWED_PODS] = 0;
    rows[row + CPU_OFFSETS.allocatable] = 0;
    rows[row + MEMORY_OFFSETS.allocatable] = 0;
    const allocatable = node.status?.allocatable ?? {};
    for (const name in allocatable) {
      const amount = amountOf(name, allocatable[name] ?? "0");
      if (name === "pods") rows[row + ALLOWED_PODS] = amount;
      else {
        const { values, stride, allocatable: offset } = this.of(this.resources.idOf(name));
        values[index * stride + offset] = amount;
      }
    }
  }

  /** A pod comes to (+1) or leaves (-1) a node. */
  count(traits: PodTraits, node: number, sign: 1 | -1): void {
    const { rows } = this;
    const { resources, amounts, hostPorts } = traits;
    const row = node * ROW;
    rows[row + POD_COUNT] = (rows[row + POD_COUNT] as number) + sign;
    add(rows, row + CPU_OFFSETS.requested, sign * traits.milliCpu);
    add(rows, row + CPU_OFFSETS.nonzero, sign * traits.nonzeroMilliCpu);
    add(rows, row + MEMORY_OFFSETS.requested, sign * traits.memory);
    add(rows, row + MEMORY_OFFSETS.nonzero, sign * traits.nonzeroMemory);
    for (let at = 0; at < resources.length; at++) {
      const resource = resources[at] as number;
      if (resource !== CPU && resource !== MEMORY)
        add(this.other(resource), 2 * node + 1, sign * (amounts[at] as number));
    }
    if (hostPorts.length > 0) this.countPorts(hostPorts, node, sign);
  }

  /** Makes room for more nodes. */
  grow(capacity: number): void {
    this.capacity = capacity;
    this.rows = longer(this.rows, capacity * ROW);
    const marks = new Uint8Array(capacity);
    marks.set(this.marks);
    this.marks = marks;
    for (let at = 0; at < this.others.length; at++)
      this.others[at] = longer(this.others[at] as Float64Array, capacity * 2);
  }

  /** Offers and requests of a resource other than CPU and memory, in turns. */
  private other(resource: number): Float64Array {
    const at = resource - 2;
    while (this.others.length <= at) this.others.push(new Float64Array(this.capacity * 2));
    return this.others[at] as Float64Array;
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

function add(values: Float64Array, at: number, amount: number): void {
  values[at] = (values[at] as number) + amount;
}

function longer(values: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(length);
  copy.set(values);
  return copy;
}

function samePort(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && a.ip === b.ip;
}
