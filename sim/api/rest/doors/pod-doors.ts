import type { Micros } from "../../../engine/time.ts";
import { ApiError, badRequest } from "../../api-error.ts";
import { makeKey } from "../../object.ts";
import type { Container, Pod } from "../../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue } from "../../validation/field-error.ts";
import type { Answer, Call } from "../context.ts";
import { refuse } from "../refuse.ts";
import { parameter, type Query } from "../request.ts";
import type { LogFollow } from "../streams.ts";

/** What a container printed, as far as it is declared; undefined when there is no such container. */
export type LogReader = (pod: Pod, container: string, options: LogOptions) => string;

/** What of a log is wanted. */
export interface LogOptions {
  readonly previous: boolean;
  readonly tailLines: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly timestamps: boolean;
  /** Only what was printed after this instant. */
  readonly after?: Micros;
}

/** GET of `/log`. */
export function logDoor(call: Call, read: LogReader): Answer {
  const { reader, resource, target, query } = call;
  checkLogOptions(query, target.name ?? "");
  const pod = reader.get(resource, target.namespace, target.name ?? "") as Pod;
  const { name } = pod.metadata;
  const container = podContainer(pod, parameter(query, "container") ?? "");
  if (!pod.spec?.nodeName) return { code: 204, body: "", contentType: "text/plain" };
  const statuses = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
  ];
  const status = statuses.find((one) => one.name === container);
  const previous = parameter(query, "previous") === "true";
  if (previous && status?.lastState?.terminated === undefined)
    throw badRequest(
      `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} not found`,
    );
  const waiting = status?.state?.waiting;
  const started =
    status?.state?.running ?? status?.state?.terminated ?? status?.lastState?.terminated;
  if (started === undefined)
    throw badRequest(
      `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} is waiting to start: ${waiting?.reason ?? "ContainerCreating"}`,
    );
  const number = (key: string): number | undefined => {
    const text = parameter(query, key);
    return text === undefined ? undefined : Number(text);
  };
  const timestamps = parameter(query, "timestamps") === "true";
  const text = read(pod, container, {
    previous,
    tailLines: number("tailLines"),
    sinceSeconds: number("sinceSeconds"),
    timestamps,
  });
  const answer = { code: 200, body: text, contentType: "text/plain" };
  if (parameter(query, "follow") !== "true" || previous || status?.state?.running === undefined)
    return answer;
  const { startedAt = "" } = status.state.running;
  return { ...answer, follow: followOf(call, container, startedAt, timestamps, read) };
}

/** Follows a container's log until its present run ends. */
export function followOf(
  { api, target }: Call,
  container: string,
  startedAt: string,
  timestamps: boolean,
  read: LogReader,
): LogFollow {
  let after = api.now;
  const key = makeKey(target.namespace, target.name ?? "");
  return () => {
    const pod = api.store.get("Pod", key) as Pod | undefined;
    if (pod === undefined) return { text: "", done: true };
    const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
    const options = { previous: false, tailLines: undefined, sinceSeconds: undefined, timestamps };
    const text = read(pod, container, { ...options, after });
    after = api.now;
    return { text, done: status?.state?.running?.startedAt !== startedAt };
  };
}

/** Throws 400 or 422 for options of a log that make no sense. */
function checkLogOptions(query: Query, name: string): void {
  const errors: FieldError[] = [];
  const atLeast = (field: string, least: number, words: string): void => {
    const text = parameter(query, field);
    if (text === undefined) return;
    if (!/^[+-]?\d+$/.test(text))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    if (Number(text) < least) errors.push(invalidValue(field, Number(text), words));
  };
  atLeast("tailLines", 0, "must be greater than or equal to 0");
  atLeast("limitBytes", 1, "must be greater than 0");
  if (query.has("sinceSeconds") && query.has("sinceTime"))
    errors.push(
      forbiddenField("", "at most one of `sinceTime` or `sinceSeconds` may be specified"),
    );
  else atLeast("sinceSeconds", 1, "must be greater than 0");
  refuse({ group: "", kind: "PodLogOptions" }, name, errors);
}

/** The container that is meant. Throws 400 when that is unclear. */
export function podContainer({ metadata, spec }: Pod, wanted: string): string {
  const { name } = metadata;
  const containers: readonly Container[] = spec?.containers ?? [];
  const all = [
    ...(spec?.initContainers ?? []),
    ...containers,
    ...(spec?.ephemeralContainers ?? []),
  ];
  if (wanted === "") {
    if (containers.length === 1) return containers[0]?.name ?? "";
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names(all)}]`,
    );
  }
  if (all.some((one) => one.name === wanted)) return wanted;
  throw badRequest(`container ${wanted} is not valid for pod ${name}`);
}

function names(containers: readonly { readonly name: string }[]): string {
  return containers.map((container) => container.name).join(" ");
}

/** Why there is no such door, by its name. */
const WHY: Readonly<Record<string, string>> = {
  portforward:
    "nothing listens in a simulated container; declare traffic to Services in a scenario instead",
  proxy: "nothing listens behind a simulated Service, pod or node",
};

/** Doors into a running process: a simulated container has none. */
export function noProcessDoor(call: Call): Answer {
  const { reader, resource, target } = call;
  const name = target.name ?? "";
  const object = reader.get(resource, target.namespace, name);
  const { nodeName } = (object.spec ?? {}) as { nodeName?: string };
  if (resource.kind === "Pod" && !nodeName)
    throw badRequest(`pod ${name} does not have a host assigned`);
  throw new ApiError(
    501,
    "NotImplemented",
    `${target.subresource} is not possible: ${WHY[target.subresource ?? ""] ?? ""}`,
  );
}
