import type { DoorRule } from "../api-server.ts";

/** How a patch goes through one of the doors. */
export interface PatchDoor {
  readonly subresource: string;
  readonly rule?: DoorRule;
}
