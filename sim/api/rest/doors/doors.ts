import { methodNotAllowed, noSuchResource } from "../../api-error.ts";
import type { Subresource } from "../../kinds/descriptor.ts";
import type { Answer, Call } from "../context.ts";
import { bindingDoor } from "./binding.ts";
import { evictionDoor } from "./eviction.ts";
import { attachDoor, type Executor, execDoor } from "./exec-door.ts";
import { finalizeDoor } from "./finalize.ts";
import { type LogReader, logDoor, noProcessDoor } from "./pod-doors.ts";
import { podPartDoor } from "./pod-parts.ts";
import { scaleDoor } from "./scale.ts";
import { approvalOf, statusDoor } from "./status.ts";
import { tokenDoor } from "./token.ts";

const methods: Readonly<Partial<Record<Subresource, readonly string[]>>> = {
  binding: ["POST"],
  eviction: ["POST"],
  finalize: ["PUT"],
  log: ["GET"],
  token: ["POST"],
};
const threeWays: readonly string[] = ["GET", "HEAD", "PUT", "PATCH"];

/** What is to be had of running containers. */
export interface ContainerPorts {
  readonly logs?: LogReader | undefined;
  readonly execute?: Executor | undefined;
}

/** Answers a request for a part of an object. Throws 404 for a door that the resource does not have. */
export function throughDoor(call: Call, { logs, execute }: ContainerPorts): Answer {
  const { resource, target, request } = call;
  const door = target.subresource as Subresource;
  if (target.rest.length > 0 && door !== "proxy") throw noSuchResource();
  const offered =
    resource.custom === undefined
      ? resource.descriptor.subresources.includes(door)
      : door === "status" || door === "scale";
  if (!offered) throw noSuchResource();
  if (resource.descriptor.namespaced && target.namespace === undefined) throw noSuchResource();
  const processes = ["attach", "exec", "portforward", "proxy"].includes(door);
  if (!processes && !(methods[door] ?? threeWays).includes(request.method))
    throw methodNotAllowed();
  switch (door) {
    case "status":
      return statusDoor(call);
    case "approval":
      return approvalOf(call);
    case "scale":
      return scaleDoor(call);
    case "binding":
      return bindingDoor(call);
    case "eviction":
      return evictionDoor(call);
    case "finalize":
      return finalizeDoor(call);
    case "token":
      return tokenDoor(call);
    case "log":
      return logDoor(call, logs ?? (() => ""));
    case "exec":
      return execDoor(call, execute);
    case "attach":
      return attachDoor(call, logs ?? (() => ""));
    case "resize":
    case "ephemeralcontainers":
      return podPartDoor(call, door);
    default:
      return noProcessDoor(call);
  }
}
