import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ExecOutcome } from "../sim/api/rest/streams.ts";

/*
 * The remote command protocol `v5.channel.k8s.io` over WebSocket (RFC 6455), as far as a command needs it whose outcome is known at once:
 * each binary frame begins with its channel's number. A library for sockets that only ever close would be more to keep than these lines.
 */

const PROTOCOLS: readonly string[] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
/** What RFC 6455 has a server put behind the client's key. */
const HANDSHAKE = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [STDOUT, STDERR, STATUS] = [1, 2, 3];
const [BINARY, CLOSE] = [0x82, 0x88];
/** Largest piece of output in one frame, in bytes. */
const CHUNK = 32 * 1024;
/** How long the client has to answer the closing frame, in milliseconds. */
const GOODBYE_MS = 2000;

/** The protocol of ours that a request to upgrade asks for; undefined when it asks for none. */
export function offeredProtocol({ headers }: IncomingMessage): string | undefined {
  if (headers.upgrade?.toLowerCase() !== "websocket") return undefined;
  const asked = String(headers["sec-websocket-protocol"] ?? "").split(/,\s*/);
  return PROTOCOLS.find((one) => asked.includes(one));
}

/** Accepts the upgrade, sends a command's outcome, and closes. */
export function streamOutcome(
  request: IncomingMessage,
  socket: Duplex,
  protocol: string,
  { output, errors, code }: ExecOutcome,
): void {
  const key = String(request.headers["sec-websocket-key"] ?? "");
  const accept = createHash("sha1").update(`${key}${HANDSHAKE}`).digest("base64");
  socket.write(
    [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
      `Sec-WebSocket-Protocol: ${protocol}`,
      "",
      "",
    ].join("\r\n"),
  );
  for (const piece of pieces(output)) socket.write(frame(BINARY, STDOUT, piece));
  for (const piece of pieces(errors)) socket.write(frame(BINARY, STDERR, piece));
  socket.write(frame(BINARY, STATUS, Buffer.from(JSON.stringify(statusOf(code)))));
  // 1000: a normal end. What the client still sends (its input, its own closing) is read and dropped.
  socket.write(frame(CLOSE, undefined, Buffer.from([0x03, 0xe8])));
  socket.resume();
  const patience = setTimeout(() => socket.destroy(), GOODBYE_MS);
  socket.once("end", () => socket.end());
  socket.once("close", () => clearTimeout(patience));
  socket.on("data", (bytes: Buffer) => {
    if (((bytes[0] ?? 0) & 0x0f) === 8) socket.end();
  });
}

function* pieces(text: string): Iterable<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

/** A frame of a server: never masked. */
function frame(type: number, channel: number | undefined, data: Buffer): Buffer {
  const payload = channel === undefined ? data : Buffer.concat([Buffer.from([channel]), data]);
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([type, length]), payload]);
  const head = Buffer.alloc(4);
  head.writeUInt8(type, 0);
  head.writeUInt8(126, 1);
  head.writeUInt16BE(length, 2);
  return Buffer.concat([head, payload]);
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
