import type { Client } from "../api/client.ts";
import { edit } from "../api/edit.ts";
import type { Key, KubeObject } from "../api/object.ts";
import type { Node } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";

const ANNOTATION = "node.alpha.kubernetes.io/ttl";
/** Sizes of a cluster and the seconds that kubelets may keep secrets and config maps in it; ranges overlap so that none flaps. */
const BOUNDARIES: readonly (readonly [least: number, most: number, seconds: number])[] = [
  [0, 100, 0],
  [90, 500, 15],
  [450, 1000, 30],
  [900, 2000, 60],
  [1800, Number.POSITIVE_INFINITY, 300],
];
const STEP = "boundary";
const ALL = "all";

/** Writes on every node how long its kubelet may cache secrets and config maps: longer in larger clusters. */
export function nodeTtl(): Controller {
  return {
    name: "ttl-controller",
    for: "Node",
    concerns: (after, before) =>
      after !== undefined && (before === undefined || ttlOf(after) !== ttlOf(before)),
    watches: [{ kind: "Node", keys: whenSizeChanges }],
    indexes: [{ kind: "Node", name: ALL, keys: () => [ALL] }],
    reconcile(key, { client, memory }) {
      const node = client.get("Node", key);
      const before = (memory.get(STEP) as number | undefined) ?? 0;
      const step = boundaryFor(client.count("Node", ALL, ALL), before);
      memory.set(STEP, step);
      const seconds = String(BOUNDARIES[step]?.[2] ?? 0);
      if (node === undefined || ttlOf(node) === seconds) return;
      const annotated = edit(node, ({ metadata }) => {
        metadata.annotations = { ...metadata.annotations, [ANNOTATION]: seconds };
      });
      client.update("Node", annotated);
    },
  };
}

function ttlOf(node: KubeObject): string | undefined {
  return (node as Node).metadata.annotations?.[ANNOTATION];
}

/** Every node, when one that came or went may have moved the cluster over a boundary. */
function whenSizeChanges(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): Key[] {
  if (after !== undefined && before !== undefined) return [];
  const count = client.count("Node", ALL, ALL);
  const crossed = BOUNDARIES.some(([least, most]) => count === most + 1 || count === least - 1);
  return crossed ? [...client.list("Node")].map(({ metadata }) => metadata.name) : [];
}

function boundaryFor(count: number, before: number): number {
  let step = before;
  while (step < BOUNDARIES.length - 1 && count > (BOUNDARIES[step]?.[1] ?? 0)) step++;
  while (step > 0 && count < (BOUNDARIES[step]?.[0] ?? 0)) step--;
  return step;
}
