import type { Labels } from "../../api/meta/selector.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { BoundPods } from "./bound-pods.ts";
import { ChangeLog } from "./change-log.ts";
import { ImageTable } from "./images.ts";
import { LabelColumn } from "./label-column.ts";
import { NodeColumns } from "./node-columns.ts";
import type { NodeIndex } from "./node-index.ts";
import { Nominations } from "./nominations.ts";
import { ClusterObjects, type ObjectKind, type ObjectKinds } from "./objects.ts";
import { PodGroups } from "./pod-groups.ts";
import { PodIndex, type PodMatcher, type PodQuestion } from "./pod-index.ts";
import { type PodInfo, PodReader, podId } from "./pod-info.ts";
import { domainsMayMove, hasEnded, nodeMatters, podLooksAlike } from "./relevance.ts";
import { ResourceTable } from "./resources.ts";

const FIRST_CAPACITY = 64;
/** Questions and terms held before all are forgotten and asked anew. */
const INDEX_LIMIT = 20_000;

/**
 * The scheduler's picture of the cluster: columns of nodes, the pods on them, and counts kept while they change.
 * It can be rebuilt at any time by adding the same objects again; no decision depends on the way it was reached.
 */
export class Snapshot {
  readonly resources = new ResourceTable();
  readonly reader = new PodReader(this.resources);
  readonly objects = new ClusterObjects();
  readonly images = new ImageTable();
  /** Pods that are scheduled together, waiting ones included. */
  readonly groups = new PodGroups();
  readonly nodes: (Node | undefined)[] = [];
  readonly names: string[] = [];
  readonly podsOn: PodInfo[][] = [];
  readonly columns: NodeColumns;
  /** Raised when nodes come or go, or namespaces change: everything remembered is void. */
  structure = 0;
  /** Raised when a node's labels or taints change: domains may have moved. */
  domains = 0;

  readonly nominations = new Nominations();
  readonly log = new ChangeLog();
  private capacity = FIRST_CAPACITY;
  private readonly indexOf = new Map<string, NodeIndex>();
  private readonly free: NodeIndex[] = [];
  private readonly labelColumns = new Map<string, LabelColumn>();
  private readonly bound = new BoundPods();
  private readonly waiting = new Map<string, PodInfo[]>();
  private index: PodIndex;
  private ordered: NodeIndex[] = [];
  private rankOf = new Int32Array(FIRST_CAPACITY);
  private orderedAt = -1;

  constructor() {
    this.columns = new NodeColumns(this.resources, FIRST_CAPACITY);
    this.index = this.newIndex();
  }

  /** Nodes in the cluster. */
  get nodeCount(): number {
    return this.indexOf.size;
  }

  /** Bound (and assumed) pods on known nodes. */
  get podCount(): number {
    return this.bound.size;
  }

  /** All nodes in the order of their names: the canonical order of draws and records. */
  order(): readonly NodeIndex[] {
    if (this.orderedAt !== this.structure) this.sort();
    return this.ordered;
  }

  /** Position of each node in `order()`. */
  ranks(): Int32Array {
    if (this.orderedAt !== this.structure) this.sort();
    return this.rankOf;
  }

  /** Column of a node; `undefined` for a name that is no node. */
  find(name: string): NodeIndex | undefined {
    return this.indexOf.get(name);
  }

  /** Labels of a node. */
  labelsOf(node: NodeIndex): Labels | undefined {
    return this.nodes[node]?.metadata.labels;
  }

  /** The column of a node label; made on first use. */
  labelColumn(key: string): LabelColumn {
    const known = this.labelColumns.get(key);
    if (known !== undefined) return known;
    const column = new LabelColumn(key, this.capacity);
    for (const node of this.indexOf.values()) column.set(node, this.labelsOf(node)?.[key]);
    this.labelColumns.set(key, column);
    return column;
  }

  /** Empties the snapshot, to be filled anew. */
  clear(): void {
    for (const name of [...this.indexOf.keys()]) this.removeNode(name);
    this.waiting.clear();
    this.nominations.clear();
    this.objects.clear();
    this.groups.clear();
    this.forget();
  }

  addNode(node: Node): void {
    const name = node.metadata.name ?? "";
    if (this.indexOf.has(name)) {
      this.updateNode(node);
      return;
    }
    const index = this.free.pop() ?? this.names.length;
    if (index >= this.capacity) this.grow(index + 1);
    this.indexOf.set(name, index);
    this.names[index] = name;
    this.podsOn[index] = [];
    this.writeNode(index, node);
    this.structure++;
    for (const info of this.waiting.get(name) ?? []) this.bind(info, index);
    this.waiting.delete(name);
  }

  updateNode(node: Node): void {
    const index = this.indexOf.get(node.metadata.name ?? "");
    if (index === undefined) {
      this.addNode(node);
      return;
    }
    const before = this.nodes[index];
    if (before === node) return;
    if (before !== undefined && !nodeMatters(before, node)) {
      this.nodes[index] = node;
      return;
    }
    if (before === undefined || domainsMayMove(before, node)) this.domains++;
    this.writeNode(index, node);
    this.log.add(index, true);
  }

  removeNode(name: string): void {
    const index = this.indexOf.get(name);
    if (index === undefined) return;
    const pods = [...(this.podsOn[index] ?? [])];
    for (const info of pods) this.unbind(info.id);
    if (pods.length > 0) this.waiting.set(name, pods);
    for (const column of this.labelColumns.values()) column.set(index, undefined);
    this.images.setNode(index, undefined);
    this.indexOf.delete(name);
    this.nodes[index] = undefined;
    this.log.touched[index] = this.log.position + 1;
    this.free.push(index);
    this.structure++;
  }

  /**
   * A pod is on a node: bound, or assumed to be while the binding is under way. Pods that have ended hold
   * nothing and are dropped. A pod on an unknown node waits for that node.
   */
  addPod(pod: Pod, nodeName = pod.spec.nodeName): void {
    if (nodeName === undefined || nodeName === "" || hasEnded(pod)) {
      this.removePod(pod);
      return;
    }
    this.addInfo(this.reader.read(pod), nodeName);
  }

  /** As `addPod`, for a pod that was read before. */
  addInfo(info: PodInfo, nodeName: string): void {
    this.removeId(info.id);
    this.nominate(info.pod, undefined);
    const node = this.indexOf.get(nodeName);
    if (node !== undefined) this.bind(info, node);
    else {
      const waiting = this.waiting.get(nodeName);
      if (waiting === undefined) this.waiting.set(nodeName, [info]);
      else waiting.push(info);
    }
  }

  /** A bound pod changed. Changes that scheduling does not see cost nothing, and the beginning of its end little. */
  updatePod(pod: Pod): void {
    const bound = this.bound.get(podId(pod));
    if (
      bound === undefined ||
      hasEnded(pod) ||
      this.names[bound.node] !== pod.spec.nodeName ||
      !podLooksAlike(bound.info.pod, pod)
    ) {
      this.addPod(pod);
      return;
    }
    const { info, node } = bound;
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    if (info.pod.status?.startTime !== pod.status?.startTime) this.log.started(node);
    if (terminating === info.terminating) {
      info.pod = pod;
      return;
    }
    const next = { ...info, pod, terminating };
    const pods = this.podsOn[node] as PodInfo[];
    pods[pods.indexOf(info)] = next;
    bound.info = next;
    this.index.count(info, node, -1);
    this.index.count(next, node, 1);
    this.log.add(node, false);
  }

  removePod(pod: Pod): void {
    this.removeId(podId(pod));
  }

  /** A pod was promised a node by preemption; `undefined` takes the promise back. */
  nominate(pod: Pod, nodeName: string | undefined): void {
    if (nodeName === undefined || nodeName === "") {
      if (!this.nominations.none) this.nominations.remove(podId(pod));
      return;
    }
    const info = this.reader.read(pod);
    this.index.know(info);
    this.nominations.add(info, nodeName);
  }

  /** Another object scheduling reads came or changed. */
  putObject<K extends ObjectKind>(kind: K, object: ObjectKinds[K]): void {
    this.objects.put(kind, object);
    if (kind === "Namespace") this.forget();
  }

  /** Another object is gone. */
  removeObject(kind: ObjectKind, key: string): void {
    this.objects.remove(kind, key);
    if (kind === "Namespace") this.forget();
  }

  /** Node of a bound pod. */
  nodeOf(pod: Pod): NodeIndex | undefined {
    return this.bound.get(podId(pod))?.node;
  }

  /** Whether a pod has a node and its binding has not been seen yet. */
  isAssumed(pod: Pod): boolean {
    const bound = this.bound.get(podId(pod));
    return bound !== undefined && !bound.info.pod.spec.nodeName;
  }

  /** Counts per node of the bound pods that a question asks for. */
  matcher(question: PodQuestion): PodMatcher {
    return this.index.matcher(question, this.bound);
  }

  /** Affinity terms of bound pods that speak of pods of this label class. */
  termsMatching(labelClass: number) {
    return this.index.termsMatching(labelClass);
  }

  /** Labels of a namespace. */
  namespaceLabels(namespace: string): Labels | undefined {
    return this.objects.get("Namespace", namespace)?.metadata.labels;
  }

  /** Moves a pod onto (+1) or off (-1) a node for a dry run, without the bookkeeping of real changes. */
  simulate(info: PodInfo, node: NodeIndex, sign: 1 | -1): void {
    const pods = this.podsOn[node] ?? [];
    if (sign > 0) pods.push(info);
    else removeFrom(pods, info.id);
    this.columns.count(info.traits, node, sign);
  }

  /** Puts the pods of a node back in the order they had before a dry run. */
  restore(node: NodeIndex, pods: PodInfo[]): void {
    this.podsOn[node] = pods;
    this.columns.setPorts(node, pods);
  }

  private bind(info: PodInfo, node: NodeIndex): void {
    this.bound.set({ info, node });
    (this.podsOn[node] as PodInfo[]).push(info);
    this.columns.count(info.traits, node, 1);
    this.index.count(info, node, 1);
    if (this.index.size > INDEX_LIMIT) this.forget();
    this.log.add(node, false);
  }

  private unbind(id: string): boolean {
    const bound = this.bound.get(id);
    if (bound === undefined) return false;
    const { info, node } = bound;
    this.bound.delete(bound);
    removeFrom(this.podsOn[node] ?? [], id);
    this.columns.count(info.traits, node, -1);
    if (info.traits.hostPorts.length > 0) this.columns.setPorts(node, this.podsOn[node] ?? []);
    this.index.count(info, node, -1);
    this.log.add(node, false);
    return true;
  }

  private removeId(id: string): void {
    if (this.unbind(id) || this.waiting.size === 0) return;
    for (const [name, pods] of this.waiting) {
      removeFrom(pods, id);
      if (pods.length === 0) this.waiting.delete(name);
    }
  }

  private writeNode(index: NodeIndex, node: Node): void {
    this.nodes[index] = node;
    this.columns.setNode(index, node);
    for (const column of this.labelColumns.values())
      column.set(index, node.metadata.labels?.[column.key]);
    this.images.setNode(index, node);
  }

  private grow(least: number): void {
    while (this.capacity < least) this.capacity *= 2;
    this.columns.grow(this.capacity);
    this.index.grow(this.capacity);
    for (const column of this.labelColumns.values()) column.grow(this.capacity);
    this.structure++;
  }

  private sort(): void {
    const { names } = this;
    this.ordered = [...this.indexOf.values()].sort((a, b) => {
      const first = names[a] ?? "";
      const second = names[b] ?? "";
      return first < second ? -1 : first > second ? 1 : 0;
    });
    if (this.rankOf.length < this.capacity) this.rankOf = new Int32Array(this.capacity);
    this.ordered.forEach((node, rank) => {
      this.rankOf[node] = rank;
    });
    this.orderedAt = this.structure;
  }

  private newIndex(): PodIndex {
    return new PodIndex(this.capacity, this.reader, (name) => this.namespaceLabels(name));
  }

  /** Drops all counted questions; they are asked anew when needed. */
  private forget(): void {
    this.structure++;
    this.index = this.newIndex();
    for (const { info, node } of this.bound.values())
      if (info.traits.terms.length > 0) this.index.count(info, node, 1);
    for (const info of this.nominations.pods()) this.index.know(info);
  }
}

function removeFrom(pods: PodInfo[], id: string): void {
  for (let at = 0; at < pods.length; at++) {
    if (pods[at]?.id !== id) continue;
    const last = pods.pop();
    if (at < pods.length && last !== undefined) pods[at] = last;
    return;
  }
}
