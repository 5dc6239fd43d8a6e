import { ApiError, badRequest } from "../../api-error.ts";
import type { Pod } from "../../types.gen.ts";
import type { Answer, Call } from "../context.ts";
import { parameter } from "../request.ts";
import type { ExecOutcome } from "../streams.ts";
import { podContainer } from "./pod-doors.ts";

/** Runs a command inside a container, as far as it is declared. */
export type Executor = (pod: Pod, container: string, argv: readonly string[]) => ExecOutcome;

/** `/exec`: the command's outcome, for a transport that can stream. Throws 400 where nothing can be run. */
export function execDoor(call: Call, execute: Executor | undefined): Answer {
  const { reader, resource, target, query } = call;
  const pod = reader.get(resource, target.namespace, target.name ?? "") as Pod;
  const { name, namespace = "" } = pod.metadata;
  const container = podContainer(pod, parameter(query, "container") ?? "");
  const argv = query.get("command") ?? [];
  if (argv.length === 0 || argv[0] === "")
    throw badRequest("you must specify at least one command for the container");
  const streams = ["stdin", "stdout", "stderr"].filter((one) => isTrue(parameter(query, one)));
  if (streams.length === 0)
    throw badRequest("you must specify at least one of stdin, stdout, stderr");
  if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const running = pod.status?.containerStatuses?.find((one) => one.name === container)?.state
    ?.running;
  if (running === undefined) {
    throw new ApiError(
      500,
      "InternalError",
      `Internal error occurred: unable to upgrade connection: container not found (${JSON.stringify(container)})`,
    );
  }
  if (execute === undefined)
    throw new ApiError(501, "NotImplemented", `exec is not possible in pod ${namespace}/${name}`);
  const { output, errors, code } = execute(pod, container, argv);
  const wanted = (stream: string, text: string) => (streams.includes(stream) ? text : "");
  const exec = { output: wanted("stdout", output), errors: wanted("stderr", errors), code };
  // Without an upgraded connection there is nowhere to stream to.
  const { status: body } = badRequest("Upgrade request required");
  return { code: 400, body, exec };
}

function isTrue(text: string | undefined): boolean {
  return text === "true" || text === "1";
}
