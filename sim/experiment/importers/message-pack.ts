import { decode } from "@msgpack/msgpack";
import { TraceError } from "../input-error.ts";

/** A MessagePack value as plain data; keys that are lists are joined by a blank. Throws `TraceError` for anything else. */
export function readMessagePack(file: string, bytes: Uint8Array, suggestion: string): unknown {
  try {
    return decode(bytes, { mapKeyConverter: keyText });
  } catch (error) {
    // The library throws errors of several kinds; all say what is wrong with the bytes.
    const why = error instanceof Error ? error.message : String(error);
    throw new TraceError(`not MessagePack: ${why}`, { file }, suggestion);
  }
}

function keyText(key: unknown): string {
  return Array.isArray(key) ? key.join(" ") : String(key);
}
