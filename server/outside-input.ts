import type { RestRequest, RestResponse } from "../sim/api/rest/request.ts";
import type { RestApi } from "../sim/api/rest/rest-api.ts";
import type { Engine } from "../sim/engine/engine.ts";
import type { Micros } from "../sim/engine/time.ts";

/** A request from outside, with the virtual time at which it was made: what a live session adds to a run. */
export interface OutsideInput {
  readonly at: Micros;
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly userAgent?: string;
  readonly user?: { readonly name: string; readonly groups?: readonly string[] };
  readonly impersonator?: { readonly name: string; readonly groups?: readonly string[] };
  readonly impersonatedGroups?: readonly string[];
  /** Text of the body; bytes are written in base64, marked by `base64:`. */
  readonly body?: string;
}

const READING: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/** Whether a request can change anything. */
export function isWrite({ method }: RestRequest): boolean {
  return !READING.includes(method);
}

/** A request as a line of a recording. */
export function inputOf(at: Micros, request: RestRequest): OutsideInput {
  const { method, path, contentType, userAgent, user, body } = request;
  const { impersonator, impersonatedGroups } = request;
  return {
    at,
    method,
    path,
    ...(contentType === undefined ? {} : { contentType }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(user === undefined || user === null ? {} : { user }),
    ...(impersonator === undefined ? {} : { impersonator }),
    ...(impersonatedGroups === undefined ? {} : { impersonatedGroups }),
    ...(body === undefined || body === "" ? {} : { body: bodyText(body) }),
  };
}

function bodyText(body: unknown): string {
  if (body instanceof Uint8Array) return `base64:${Buffer.from(body).toString("base64")}`;
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** Makes a request of an outsider: its writes carry an entry of its own as their cause. */
export function perform(engine: Engine, rest: RestApi, request: RestRequest): RestResponse {
  if (!isWrite(request)) return rest.handle(request);
  const actor = `client/${(request.userAgent ?? "").split("/")[0] || "unknown"}`;
  return engine.as(actor, 0, () => {
    const { journal } = engine;
    const { method, path } = request;
    const event = { type: "request", method, path: path.split("?")[0] ?? path };
    journal.cause = journal.append({ kind: "event", event });
    return rest.handle(request);
  });
}

/** Makes a recorded request again, at its time. */
export function replayInput(
  cluster: { readonly engine: Engine; runUntil(time: Micros): void },
  rest: RestApi,
  { at, body, ...request }: OutsideInput,
): RestResponse {
  cluster.runUntil(at);
  const bytes = body?.startsWith("base64:") === true;
  const sent = bytes ? new Uint8Array(Buffer.from(body.slice(7), "base64")) : body;
  return perform(cluster.engine, rest, {
    ...request,
    ...(sent === undefined ? {} : { body: sent }),
  });
}
