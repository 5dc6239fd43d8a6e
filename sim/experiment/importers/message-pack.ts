import { TraceError } from "../input-error.ts";

/** A MessagePack value as plain data; keys that are lists are joined by a blank. */
export function readMessagePack(file: string, bytes: Uint8Array): unknown {
  return new Reader(file, bytes).value();
}

const decoder = new TextDecoder();

/** Reads the format's types (github.com/msgpack/msgpack, spec.md); integers beyond 53 bits lose their last digits. */
class Reader {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(file: string, bytes: Uint8Array) {
    this.#file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(): unknown {
    const type = this.#byte();
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 0x0f);
    if (type < 0xa0) return this.#list(type & 0x0f);
    if (type < 0xc0) return this.#text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.#view.getFloat32(this.#skip(4));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcf:
        return Number(this.#view.getBigUint64(this.#skip(8)));
      case 0xd0:
        return this.#view.getInt8(this.#skip(1));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4));
      case 0xd3:
        return Number(this.#view.getBigInt64(this.#skip(8)));
      default:
        return this.#sized(type);
    }
  }

  /** Types whose length stands behind them, or that are unsigned integers. */
  #sized(type: number): unknown {
    switch (type) {
      case 0xcc:
        return this.#size(1);
      case 0xcd:
        return this.#size(2);
      case 0xce:
        return this.#size(4);
      case 0xc4:
      case 0xd9:
        return this.#text(this.#size(1));
      case 0xc5:
      case 0xda:
        return this.#text(this.#size(2));
      case 0xc6:
      case 0xdb:
        return this.#text(this.#size(4));
      case 0xdc:
        return this.#list(this.#size(2));
      case 0xdd:
        return this.#list(this.#size(4));
      case 0xde:
        return this.#map(this.#size(2));
      case 0xdf:
        return this.#map(this.#size(4));
      default:
        return this.#fail(`type 0x${type.toString(16)} of byte ${this.#at} is not known`);
    }
  }

  #size(width: 1 | 2 | 4): number {
    const at = this.#skip(width);
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #byte(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  /** Moves on; answers where it was. */
  #skip(width: number): number {
    const at = this.#at;
    this.#at += width;
    if (this.#at > this.#bytes.length) this.#fail(`ends early, at byte ${this.#bytes.length}`);
    return at;
  }

  #fail(why: string): never {
    throw new TraceError(`not MessagePack: ${why}`, { file: this.#file });
  }

  #text(length: number): string {
    const at = this.#skip(length);
    return decoder.decode(this.#bytes.subarray(at, at + length));
  }

  #list(length: number): unknown[] {
    const items: unknown[] = [];
    for (let at = 0; at < length; at++) items.push(this.value());
    return items;
  }

  #map(length: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let at = 0; at < length; at++) {
      const key = this.value();
      map[Array.isArray(key) ? key.join(" ") : String(key)] = this.value();
    }
    return map;
  }
}
