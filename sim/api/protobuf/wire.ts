import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { ApiError } from "../api-error.ts";

/** 400 of a body that is no protobuf. */
export function malformed(why: string): ApiError {
  return new ApiError(400, "BadRequest", `the object provided is unrecognized: ${why}`);
}

/** One field as it lies on the wire: a number (varint or fixed) or bytes. */
export interface WireField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/** Reads the fields of a message one by one. Throws `ApiError` 400 for bytes that are no message. */
export class WireReader {
  readonly #reader: BinaryReader;

  constructor(bytes: Uint8Array) {
    this.#reader = new BinaryReader(bytes);
  }

  /** The next field; undefined at the end. */
  next(): WireField | undefined {
    if (this.#reader.pos >= this.#reader.len) return undefined;
    try {
      const [number, type] = this.#reader.tag();
      return { number, value: this.#value(type) };
    } catch (error) {
      if (error instanceof ApiError || !(error instanceof Error)) throw error;
      // What ends early is what is met; Go's reader has a text of its own for it.
      throw malformed(error instanceof RangeError ? "unexpected EOF" : `proto: ${error.message}`);
    }
  }

  /** Numbers are signed and of 64 bits; beyond 2^53 they are rounded. */
  #value(type: WireType): number | Uint8Array {
    switch (type) {
      case WireType.Varint:
        return Number(this.#reader.int64());
      case WireType.Bit64:
        return this.#reader.double();
      case WireType.LengthDelimited:
        return this.#reader.bytes();
      case WireType.Bit32:
        return this.#reader.fixed32();
      default:
        throw malformed("proto: wrong wireType");
    }
  }
}

/** Writes fields of a message. */
export class WireWriter {
  readonly #writer = new BinaryWriter();

  varint(number: number, value: number): void {
    this.#writer.tag(number, WireType.Varint).int64(Math.trunc(value));
  }

  double(number: number, value: number): void {
    this.#writer.tag(number, WireType.Bit64).double(value);
  }

  bytes(number: number, value: Uint8Array): void {
    this.#writer.tag(number, WireType.LengthDelimited).bytes(value);
  }

  text(number: number, value: string): void {
    this.#writer.tag(number, WireType.LengthDelimited).string(value);
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }
}

/** The bytes of a message. */
export function message(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  write(writer);
  return writer.finish();
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8 bytes as text; malformed sequences become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
