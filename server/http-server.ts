import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { stringify } from "yaml";
import {
  type ApiError,
  badRequest,
  internalError,
  requestEntityTooLarge,
} from "../sim/api/api-error.ts";
import { encodeProtobuf } from "../sim/api/protobuf/codec.ts";
import { PROTOBUF } from "../sim/api/rest/media.ts";
import type { RestRequest, RestResponse } from "../sim/api/rest/request.ts";
import { ADMIN } from "../sim/api/rest/rest-api.ts";
import { groupsOf, tokenUser } from "../sim/api/rest/reviews.ts";
import { type ClockEdge, isKubeletPath, type Shift } from "./clock-edge.ts";
import type { LogFollowers } from "./log-follower.ts";
import type { OwnAnswer } from "./session.ts";
import { type AnswerUpgrade, acceptUpgrades } from "./upgrade.ts";
import type { WatchHub } from "./watch-hub.ts";

/** Largest body taken, in bytes: as the real API server. */
const BODY_LIMIT = 3 * 1024 * 1024;

/** What the transport is wired to. */
export interface HttpParts {
  /** Brings the clocks up to date, before a request is read. */
  readonly begin: () => void;
  /** Milliseconds that an answer is held back: what its delay takes at the server's pace. */
  readonly hold: (response: RestResponse) => number;
  /** Answers a request. */
  readonly answer: (request: RestRequest) => RestResponse;
  /** Doors of the simulator itself, under /ksim: undefined when it is none of them. */
  readonly own: (method: string, path: string, body: string) => OwnAnswer | undefined;
  readonly edge: ClockEdge;
  readonly hub: WatchHub;
  readonly followers: LogFollowers;
  /** Without it everybody is an administrator. */
  readonly token?: string | undefined;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** The HTTP transport: turns requests into calls and answers into bytes. It knows nothing of Kubernetes' rules. */
export function makeHttpServer(parts: HttpParts): FastifyInstance {
  const originals = new WeakMap<IncomingMessage, string>();
  const shifts = new WeakMap<Socket, Shift>();
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    // Routing is the API's own: every path comes to one door, as it was sent.
    rewriteUrl: (raw) => {
      originals.set(raw as IncomingMessage, raw.url ?? "/");
      return "/";
    },
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      sendError(reply, badRequest(error.message));
    },
    ...(parts.tls === undefined ? {} : { https: parts.tls }),
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler(
    (error: { code?: string; statusCode?: number; message: string }, _r, reply) => {
      if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE")
        sendError(reply, requestEntityTooLarge(`limit is ${BODY_LIMIT}`));
      else if ((error.statusCode ?? 500) < 500) sendError(reply, badRequest(error.message));
      else sendError(reply, internalError(error.message));
    },
  );
  const handle = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const url = originals.get(request.raw) ?? "/";
    const started = performance.now();
    const { socket } = request.raw;
    const shift = (): number => {
      const next = parts.edge.shiftAfter(shifts.get(socket));
      shifts.set(socket, next);
      return next.offsetMs;
    };
    const sent = respond(parts, request, reply, url, shift);
    if (parts.log !== undefined) {
      const took = (performance.now() - started).toFixed(1);
      parts.log(`${request.method} ${url} ${reply.raw.statusCode} ${took}ms`);
    }
    return sent;
  };
  const answerUpgrade: AnswerUpgrade = (request) => {
    const { method = "GET", headers, url = "/" } = request;
    parts.begin();
    const offsetMs = parts.edge.shiftAfter(undefined).offsetMs;
    const response = parts.answer(toRequest(parts, { method, headers }, url, undefined, offsetMs));
    parts.log?.(`${method} ${url} upgrade`);
    return {
      response,
      body: bodyOf(response, (json) => parts.edge.outward(json, false, offsetMs)),
    };
  };
  acceptUpgrades(app.server, answerUpgrade, parts.followers);
  app.all("/", handle);
  app.setNotFoundHandler(handle);
  return app;
}

function respond(
  parts: HttpParts,
  request: FastifyRequest,
  reply: FastifyReply,
  url: string,
  shift: () => number,
): FastifyReply {
  const bytes = request.body instanceof Uint8Array ? request.body : undefined;
  // Who may not ask the API may not move its clock either.
  if (url.startsWith("/ksim/") && userOf(parts.token, request.headers).user !== null) {
    const answer = parts.own(request.method, url, bytes === undefined ? "" : text(bytes));
    if (answer !== undefined) return reply.code(answer.code).send(answer.body);
  }
  parts.begin();
  const offsetMs = shift();
  const call = toRequest(parts, request, url, bytes, offsetMs);
  const response = parts.answer(call);
  setHeaders(reply, response);
  if (response.watch === undefined && response.follow === undefined) {
    const body = bodyOf(response, (json) => parts.edge.outward(json, isKubeletPath(url), offsetMs));
    // As bytes: to a text the framework would add a charset that the API server does not speak of.
    const wanted = request.method === "HEAD" ? "" : body;
    const sent = typeof wanted === "string" ? Buffer.from(wanted) : wanted;
    const hold = parts.hold(response);
    if (hold < 1) return reply.send(sent);
    setTimeout(() => reply.send(sent), hold);
    return reply;
  }
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  raw.statusCode = response.code;
  if (response.watch === undefined) {
    raw.write(String(response.body));
    if (response.follow !== undefined) parts.followers.serve(response.follow, raw);
    return reply;
  }
  parts.hub.serve(response.watch, raw, response.contentType.includes("protobuf"));
  return reply;
}

function toRequest(
  parts: HttpParts,
  { method, headers }: Pick<FastifyRequest, "method" | "headers">,
  path: string,
  bytes: Uint8Array | undefined,
  offsetMs: number,
): RestRequest {
  const contentType = headers["content-type"];
  const protobuf = contentType?.includes("protobuf") === true;
  const body =
    bytes === undefined || bytes.length === 0
      ? undefined
      : protobuf
        ? bytes
        : parts.edge.inward(text(bytes), isKubeletPath(path), offsetMs);
  const { accept, "user-agent": userAgent } = headers;
  return {
    method,
    path,
    ...userOf(parts.token, headers),
    ...(contentType === undefined ? {} : { contentType }),
    ...(accept === undefined ? {} : { accept }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(body === undefined ? {} : { body }),
  };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

type Identity = Pick<RestRequest, "user" | "impersonator" | "impersonatedGroups">;

/** Who asks: by bearer token, and by impersonation on top of it. */
function userOf(token: string | undefined, headers: FastifyRequest["headers"]): Identity {
  const given = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  const account = given === undefined ? undefined : tokenUser(given);
  // Unknown credentials are refused, as by the real server, even where none are asked for.
  const known = given === undefined ? token === undefined : sameText(given, token ?? "");
  if (account === undefined && !known) return { user: null };
  const name = headers["impersonate-user"];
  if (typeof name !== "string" || name === "") return { user: account ?? ADMIN };
  const groups = headers["impersonate-group"];
  const list = typeof groups === "string" ? groups.split(/,\s*/) : (groups ?? []);
  const own = groupsOf(name);
  const user = {
    name,
    groups: list.length === 0 ? own : [...new Set([...list, ...own.slice(-1)])],
  };
  return account === undefined
    ? { user }
    : { user, impersonator: account, impersonatedGroups: list };
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function setHeaders(reply: FastifyReply, response: RestResponse): void {
  reply.code(response.code);
  reply.header("content-type", response.contentType);
  reply.header("cache-control", "no-cache, private");
  if (response.flow !== undefined) {
    reply.header("x-kubernetes-pf-flowschema-uid", response.flow.schema);
    reply.header("x-kubernetes-pf-prioritylevel-uid", response.flow.level);
  }
  if (response.retryAfter !== undefined) reply.header("retry-after", String(response.retryAfter));
  if (response.warnings.length > 0) reply.header("warning", response.warnings.map(warningHeader));
}

/** A warning as RFC 7234 has it; upstream's code for them is 299 and its agent `-`. */
function warningHeader(warning: string): string {
  const plain = warning.replace(/[^\t\x20-\x7e]/g, "?").replace(/[\\"]/g, "\\$&");
  return `299 - "${plain}"`;
}

function bodyOf(
  { body, contentType }: RestResponse,
  outward: (json: string) => string,
): string | Uint8Array {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (body === undefined) return "";
  const json = outward(JSON.stringify(body));
  if (contentType === PROTOBUF) return encodeProtobuf(JSON.parse(json)) ?? json;
  return contentType === "application/yaml" ? stringify(JSON.parse(json)) : `${json}\n`;
}

function sendError(reply: FastifyReply, { code, status }: ApiError): void {
  reply
    .code(code)
    .header("content-type", "application/json")
    .send(`${JSON.stringify(status)}\n`);
}
