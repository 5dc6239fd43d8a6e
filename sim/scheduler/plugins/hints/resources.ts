import { IMPLICIT_PREFIX } from "../../../api/admission/quota-usage.ts";
import type { DeviceClass, Node, Pod } from "../../../api/types.gen.ts";
import { requestOf } from "../../snapshot/pod-info.ts";
import { amountOf } from "../../snapshot/resources.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { classBehind } from "../dynamic-resources/extended-resources.ts";

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
 * that the pod needs: a place for it, a resource it asks for, or devices behind one of which it offers none itself.
 */
export function offersMore(
  pod: Pod,
  before: Node | undefined,
  after: Node | undefined,
  snapshot: Snapshot,
  ignores: (resource: string) => boolean,
): boolean {
  if (after === undefined) return false;
  const { traits } = snapshot.reader.read(pod);
  const wanted = traits.resources
    .map((resource, at) => ({
      name: snapshot.resources.names[resource] ?? "",
      amount: traits.amounts[at] ?? 0,
    }))
    .filter(({ name }) => !ignores(name));
  const needs = [...wanted, { name: "pods", amount: 1 }];
  const mayHaveDevices = (name: string) =>
    offered(after, name) === 0 && classBehind(name, snapshot) !== undefined;
  if (!needs.every(({ name, amount }) => amount <= offered(after, name) || mayHaveDevices(name)))
    return false;
  return (
    before === undefined ||
    needs.some(({ name }) => offered(after, name) > offered(before, name) || mayHaveDevices(name))
  );
}

/** Whether a class came that stands behind something the pod asks for, or one that stands behind it now and did not. */
export function backsWanted(
  pod: Pod,
  before: DeviceClass | undefined,
  after: DeviceClass | undefined,
  { reader, resources }: Snapshot,
): boolean {
  if (after === undefined) return false;
  const { extendedResourceName } = after.spec;
  if (before !== undefined && before.spec.extendedResourceName === extendedResourceName)
    return false;
  const asked = reader.read(pod).traits.resources.map((resource) => resources.names[resource]);
  if (before === undefined && asked.includes(`${IMPLICIT_PREFIX}${after.metadata.name}`))
    return true;
  return extendedResourceName !== undefined && asked.includes(extendedResourceName);
}
