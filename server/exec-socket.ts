import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { ExecOutcome, LogFollow } from "../sim/api/rest/streams.ts";
import type { LogFollowers } from "./log-follower.ts";

/*
 * The remote command protocol `v5.channel.k8s.io` over WebSocket, as far as it is needed where what a client sends matters
 * to nobody: each binary message begins with its channel's number.
 */

const PROTOCOLS: readonly string[] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const [STDOUT, STDERR, STATUS] = [1, 2, 3];
/** Largest piece of output in one message, in bytes. */
const CHUNK = 32 * 1024;
/** How much may wait for a client that does not read, in bytes. */
const PATIENCE = 64 * 1024;
/** How long the client has to answer the closing frame, in milliseconds. */
const GOODBYE_MS = 2000;

const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: (asked) => PROTOCOLS.find((one) => asked.has(one)) ?? false,
});

/** Whether a request to upgrade asks for a protocol of ours. */
export function asksForCommands({ headers }: IncomingMessage): boolean {
  if (headers.upgrade?.toLowerCase() !== "websocket") return false;
  const asked = String(headers["sec-websocket-protocol"] ?? "").split(/,\s*/);
  return PROTOCOLS.some((one) => asked.includes(one));
}

/** Accepts the upgrade, sends a command's outcome, and closes. */
export function streamOutcome(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  outcome: ExecOutcome,
): void {
  sockets.handleUpgrade(request, socket, head, (client) => send(client, outcome));
}

/** Accepts the upgrade and sends what a container prints, until it ends or the client goes away. */
export function streamLog(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  follow: LogFollow,
  followers: LogFollowers,
): void {
  sockets.handleUpgrade(request, socket, head, (client) => {
    client.on("error", () => client.terminate());
    const leave = followers.add(follow, {
      full: () => client.bufferedAmount > PATIENCE,
      write: (text) => print(client, STDOUT, text),
      end: () => finish(client, 0),
    });
    client.once("close", leave);
  });
}

function send(client: WebSocket, { output, errors, code }: ExecOutcome): void {
  client.on("error", () => client.terminate());
  print(client, STDOUT, output);
  print(client, STDERR, errors);
  finish(client, code);
}

function print(client: WebSocket, channel: number, text: string): void {
  for (const piece of pieces(text)) client.send(onChannel(channel, piece));
}

/** Tells the exit code and closes. */
function finish(client: WebSocket, code: number): void {
  client.send(onChannel(STATUS, Buffer.from(JSON.stringify(statusOf(code)))));
  // 1000: a normal end. What the client still sends (its input) is read and dropped.
  client.close(1000);
  const patience = setTimeout(() => client.terminate(), GOODBYE_MS);
  client.once("close", () => clearTimeout(patience));
}

function* pieces(text: string): Iterable<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

function onChannel(channel: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([channel]), data]);
}

/** What the status channel says of an exit code (client-go's remotecommand reads the cause `ExitCode`). */
function statusOf(code: number): object {
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit code ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}
