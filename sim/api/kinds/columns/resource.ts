import type { ResourceClaim, ResourceSlice } from "../../types.gen.ts";
import type { KindPrinter } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";

function claimState({ metadata, status }: ResourceClaim): string {
  const deleted = metadata.deletionTimestamp !== undefined;
  const words = deleted ? ["deleted"] : [];
  if (status?.allocation !== undefined) {
    words.push("allocated");
    if ((status.reservedFor ?? []).length > 0) words.push("reserved");
  } else if (!deleted) words.push("pending");
  return words.join(",");
}

export const resourceClaimPrinter: KindPrinter = printer<ResourceClaim>(
  columns("Name", "State", "Age"),
  (object, context) => [object.metadata.name, claimState(object), age(object, context)],
);

export const resourceSlicePrinter: KindPrinter = printer<ResourceSlice>(
  columns("Name", "Node", "Driver", "Pool", "Age"),
  (object, context) => [
    object.metadata.name,
    object.spec.nodeName ?? "",
    object.spec.driver,
    object.spec.pool.name,
    age(object, context),
  ],
);
