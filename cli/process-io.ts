import { readSync } from "node:fs";
import process from "node:process";
import type { Io } from "./io.ts";

/** The real world. A reader that went away (`| head`) is no mistake of ours. */
export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit(process.exitCode ?? 0);
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: readStdin,
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    // Whoever opens process.stdin makes the pipe one that does not wait for its writer: only when it is asked for.
    get inIsTerminal() {
      return process.stdin.isTTY === true;
    },
    columns: process.stdout.columns ?? 100,
    env: process.env,
    cwd: process.cwd(),
  };
}

/** Everything on standard input. Whoever started us may have made it a pipe that answers "not yet". */
function readStdin(): Uint8Array {
  const parts: Buffer[] = [];
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const part = Buffer.allocUnsafe(1 << 16);
    try {
      const count = readSync(0, part);
      if (count === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, count));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return Buffer.concat(parts);
      if (code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}
