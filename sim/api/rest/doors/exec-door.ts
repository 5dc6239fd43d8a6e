import { ApiError, badRequest } from "../../api-error.ts";
import type { ContainerStateRunning, Pod } from "../../types.gen.ts";
import type { Answer, Call } from "../context.ts";
import { parameter } from "../request.ts";
import type { ExecOutcome } from "../streams.ts";
import { followOf, type LogReader, podContainer } from "./pod-doors.ts";

/** Runs a command inside a container, as far as it is declared. */
export type Executor = (pod: Pod, container: string, argv: readonly string[]) => ExecOutcome;

/** `/exec`: the command's outcome, for a transport that can stream. Throws 400 where nothing can be run. */
export function execDoor(call: Call, execute: Executor | undefined): Answer {
  const pod = askedPod(call);
  const { name, namespace = "" } = pod.metadata;
  const container = podContainer(pod, parameter(call.query, "container") ?? "");
  const argv = call.query.get("command") ?? [];
  if (argv.length === 0 || argv[0] === "")
    throw badRequest("you must specify at least one command for the container");
  const streams = askedStreams(call);
  runningContainer(pod, container, `container not found (${JSON.stringify(container)})`);
  if (execute === undefined)
    throw new ApiError(501, "NotImplemented", `exec is not possible in pod ${namespace}/${name}`);
  const { output, errors, code } = execute(pod, container, argv);
  const wanted = (stream: string, text: string) => (streams.includes(stream) ? text : "");
  const exec = { output: wanted("stdout", output), errors: wanted("stderr", errors), code };
  return { ...upgradeRequired(), exec };
}

/** `/attach`: what a running container prints from now on, for a transport that can stream; what it is sent is dropped. */
export function attachDoor(call: Call, read: LogReader): Answer {
  const pod = askedPod(call);
  const { name, namespace = "" } = pod.metadata;
  const container = podContainer(pod, parameter(call.query, "container") ?? "");
  const streams = askedStreams(call);
  const missing = `container ${container} not found in pod ${name}_${namespace}`;
  const { startedAt = "" } = runningContainer(pod, container, missing);
  const prints: LogReader = streams.includes("stdout") ? read : () => "";
  return { ...upgradeRequired(), attach: followOf(call, container, startedAt, false, prints) };
}

function askedPod({ reader, resource, target }: Call): Pod {
  return reader.get(resource, target.namespace, target.name ?? "") as Pod;
}

function askedStreams({ query }: Call): readonly string[] {
  const streams = ["stdin", "stdout", "stderr"].filter((one) => isTrue(parameter(query, one)));
  if (streams.length === 0)
    throw badRequest("you must specify at least one of stdin, stdout, stderr");
  return streams;
}

/** Throws what a kubelet answers that has no such container at work. */
function runningContainer(
  { metadata, spec, status }: Pod,
  container: string,
  missing: string,
): ContainerStateRunning {
  if (!spec?.nodeName) throw badRequest(`pod ${metadata.name} does not have a host assigned`);
  const running = status?.containerStatuses?.find((one) => one.name === container)?.state?.running;
  if (running !== undefined) return running;
  const why = `unable to upgrade connection: ${missing}`;
  throw new ApiError(500, "InternalError", `Internal error occurred: ${why}`);
}

/** Without an upgraded connection there is nowhere to stream to. */
function upgradeRequired(): Answer {
  return { code: 400, body: badRequest("Upgrade request required").status };
}

function isTrue(text: string | undefined): boolean {
  return text === "true" || text === "1";
}
