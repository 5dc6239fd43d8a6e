import type { Node, Pod } from "../../../api/types.gen.ts";
import { requestOf } from "../../snapshot/pod-info.ts";
import { amountOf } from "../../snapshot/resources.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** Whether a pod that shrank gave back something that the waiting one asks for. */
export function freesWanted(
  pod: Pod,
  before: Pod | undefined,
  after: Pod | undefined,
  { reader }: Snapshot,
): boolean {
  if (before === undefined || after === undefined) return true;
  const [held, holds] = [reader.read(before).traits, reader.read(after).traits];
  return reader
    .read(pod)
    .traits.resources.some((resource) => requestOf(held, resource) > requestOf(holds, resource));
}

function offered(node: Node, resource: string): number {
  const quantity = node.status?.allocatable?.[resource];
  return quantity === undefined ? 0 : amountOf(resource, quantity);
}

/**
 * Whether the pod would fit on the node if it were empty, and the node is new or offers more than before of something
 * that the pod needs: a place for it, or a resource it asks for.
 */
export function offersMore(
  pod: Pod,
  before: Node | undefined,
  after: Node | undefined,
  { reader, resources }: Snapshot,
  ignores: (resource: string) => boolean,
): boolean {
  if (after === undefined) return false;
  const { traits } = reader.read(pod);
  const wanted = traits.resources
    .map((resource, at) => ({
      name: resources.names[resource] ?? "",
      amount: traits.amounts[at] ?? 0,
    }))
    .filter(({ name }) => !ignores(name));
  const needs = [...wanted, { name: "pods", amount: 1 }];
  if (!needs.every(({ name, amount }) => amount <= offered(after, name))) return false;
  return (
    before === undefined || needs.some(({ name }) => offered(after, name) > offered(before, name))
  );
}
