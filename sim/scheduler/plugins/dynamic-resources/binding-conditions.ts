import { keyOf } from "../../../api/object.ts";
import type { ResourceClaim } from "../../../api/types.gen.ts";
import { SECOND } from "../../../engine/time.ts";
import type { BindLater } from "../../framework/plugin.ts";
import { type Rejection, unschedulable } from "../../framework/status.ts";

/** How often the conditions of a device are looked at, and for how long. */
const WAITING: BindLater = {
  retryAfter: 5 * SECOND,
  atMost: 600 * SECOND,
  tooLate: "device binding timeout",
};

/**
 * What the devices of an allocated claim that must be made ready first say (KEP-5007): `undefined` when all are ready, a
 * refusal when one has failed, else that the pod is to be bound later.
 */
export function bindingState({
  metadata,
  status,
}: ResourceClaim): Rejection | BindLater | undefined {
  let ready = true;
  for (const result of status?.allocation?.devices?.results ?? []) {
    const { bindingConditions = [], bindingFailureConditions = [] } = result;
    if (bindingConditions.length === 0) continue;
    const device = status?.devices?.find(
      (each) =>
        each.driver === result.driver &&
        each.pool === result.pool &&
        each.device === result.device &&
        each.shareID === result.shareID,
    );
    const holds = (type: string) =>
      device?.conditions?.some((each) => each.type === type && each.status === "True") === true;
    const failed = bindingFailureConditions.find(holds);
    if (failed !== undefined)
      return unschedulable(
        `claim ${keyOf({ metadata })}: device ${result.driver}/${result.pool}/${result.device} failed to bind: ${failed}`,
      );
    ready &&= bindingConditions.every(holds);
  }
  return ready ? undefined : WAITING;
}

/** The claim without its allocation, for another try elsewhere. */
export function withoutAllocation(claim: ResourceClaim): ResourceClaim {
  const { allocation: _, reservedFor: __, devices: ___, ...status } = claim.status ?? {};
  return { ...claim, status };
}
