import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { badRequest } from "../sim/api/api-error.ts";
import type { RestResponse } from "../sim/api/rest/request.ts";
import { asksForCommands, streamLog, streamOutcome } from "./exec-socket.ts";
import type { LogFollowers } from "./log-follower.ts";

/** A request that wants another protocol, answered: the response and its body's bytes. */
export type AnswerUpgrade = (request: IncomingMessage) => {
  readonly response: RestResponse;
  readonly body: string | Uint8Array;
};

/** What clients are told that want SPDY: kubectl before 1.31. */
const { status: otherProtocol } = badRequest(
  "Upgrade request required: commands and what containers print are streamed over WebSocket, which kubectl speaks since 1.31",
);

/** Answers requests to upgrade: with a command's stream where there is one, with a plain answer otherwise. */
export function acceptUpgrades(
  server: {
    on(
      event: "upgrade",
      listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
    ): unknown;
    emit(event: "connection" | "secureConnection", socket: Duplex): boolean;
  },
  answer: AnswerUpgrade,
  followers: LogFollowers,
): void {
  server.on("upgrade", (request, socket, head) => {
    // A client that goes away in between is none of the server's troubles.
    socket.on("error", () => socket.destroy());
    if (!isStream(request)) {
      // Java's client offers HTTP/2 with every request: whoever does not want it answers in HTTP/1.1.
      socket.unshift(Buffer.concat([plainHead(request), head]));
      server.emit(socket instanceof TLSSocket ? "secureConnection" : "connection", socket);
      return;
    }
    const { response, body } = answer(request);
    const { exec, attach } = response;
    if (exec === undefined && attach === undefined) refuse(socket, response, body);
    else if (!asksForCommands(request)) refuse(socket, response, JSON.stringify(otherProtocol));
    else if (exec !== undefined) streamOutcome(request, socket, head, exec);
    else if (attach !== undefined) streamLog(request, socket, head, attach, followers);
  });
}

/** Whether a request wants a stream of its own rather than another version of HTTP. */
function isStream({ headers }: IncomingMessage): boolean {
  return !/\bh2c\b/i.test(headers.upgrade ?? "");
}

/** The head of a request without its wish for another protocol, as it is sent. */
function plainHead({ method, url, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (!/^(upgrade|connection|http2-settings)$/i.test(name))
      lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function refuse(
  socket: Duplex,
  { code, contentType }: RestResponse,
  body: string | Uint8Array,
): void {
  const bytes = Buffer.from(body);
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ""}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${bytes.length}`,
    "Connection: close",
    "",
    "",
  ];
  socket.write(head.join("\r\n"));
  socket.end(bytes);
}
