import type { Node, Pod } from "../../api/types.gen.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import { type PodInfo, requestOf } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** A node as a user's scheduler sees it. */
export interface NodeView {
  readonly name: string;
  readonly node: Node;
  /** Pods on the node, bindings under way included. */
  readonly pods: readonly Pod[];
  /** What is left of a resource: millicores of `cpu`, bytes of `memory`, whole numbers of others. */
  free(resource: string): number;
  /** What the node offers of a resource, in the same units. */
  allocatable(resource: string): number;
}

/** The cluster as a user's scheduler sees it, at the moment of one decision. */
export interface ClusterView {
  /** All nodes, by name. */
  readonly nodes: readonly NodeView[];
  /** What the pod in question requests of a resource, in the units of `NodeView.free`. */
  requested(resource: string): number;
  /** An integer in 0..bound-1 from the scheduler's own random stream. */
  random(bound: number): number;
}

class SnapshotNode implements NodeView {
  private readonly snapshot: Snapshot;
  private readonly index: NodeIndex;

  constructor(snapshot: Snapshot, index: NodeIndex) {
    this.snapshot = snapshot;
    this.index = index;
  }

  get name(): string {
    return this.snapshot.names[this.index] ?? "";
  }

  get node(): Node {
    return this.snapshot.nodes[this.index] as Node;
  }

  get pods(): readonly Pod[] {
    return (this.snapshot.podsOn[this.index] ?? []).map(({ pod }) => pod);
  }

  free(resource: string): number {
    const { values, stride, allocatable, requested } = this.column(resource);
    const row = this.index * stride;
    return (values[row + allocatable] as number) - (values[row + requested] as number);
  }

  allocatable(resource: string): number {
    const { values, stride, allocatable } = this.column(resource);
    return values[this.index * stride + allocatable] as number;
  }

  private column(resource: string) {
    return this.snapshot.columns.of(this.snapshot.resources.idOf(resource));
  }
}

/** The view of a snapshot for one pod. */
export function clusterView(
  snapshot: Snapshot,
  { traits }: PodInfo,
  random: (bound: number) => number,
): ClusterView {
  return {
    nodes: snapshot.order().map((index) => new SnapshotNode(snapshot, index)),
    requested: (resource) => requestOf(traits, snapshot.resources.idOf(resource)),
    random,
  };
}
