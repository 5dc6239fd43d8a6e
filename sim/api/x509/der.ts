/** Bytes of an encoding. */
export type Bytes = readonly number[];

/** One element of an ASN.1 value in its distinguished encoding (DER). */
export interface Element {
  readonly tag: number;
  /** What is inside. */
  readonly content: Bytes;
  /** The element as it stands, tag and length included. */
  readonly whole: Bytes;
}

/** Tags that certificates are made of. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  none: 0x05,
  identifier: 0x06,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  /** Of a field of a sequence that is told by its number. */
  field: (number: number): number => 0xa0 | number,
  /** Of a choice whose content is of another kind. */
  choice: (number: number): number => 0x80 | number,
} as const;

/** What cannot be read. */
export class DerError extends Error {}

/** The elements that stand one after the other. Throws `DerError`. */
function readElements(bytes: Bytes): readonly Element[] {
  const elements: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const [start, length] = readLength(bytes, at + 1);
    const end = start + length;
    if (end > bytes.length) throw new DerError("data truncated");
    const tag = bytes[at] as number;
    elements.push({ tag, content: bytes.slice(start, end), whole: bytes.slice(at, end) });
    at = end;
  }
  return elements;
}

/** Where the content begins, and how long it is. */
function readLength(bytes: Bytes, at: number): readonly [start: number, length: number] {
  const first = bytes[at];
  if (first === undefined) throw new DerError("data truncated");
  if (first < 0x80) return [at + 1, first];
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new DerError("invalid length");
  let length = 0;
  for (const byte of bytes.slice(at + 1, at + 1 + count)) length = length * 256 + byte;
  return [at + 1 + count, length];
}

/** The elements inside one of a kind. Throws `DerError` when it is of another. */
export function inside(element: Element | undefined, tag: number): readonly Element[] {
  return readElements(contentOf(element, tag));
}

/** What is inside an element of a kind. Throws `DerError` when it is of another. */
export function contentOf(element: Element | undefined, tag: number): Bytes {
  if (element?.tag !== tag) throw new DerError("tags don't match");
  return element.content;
}

/** An element with its content. */
export function write(tag: number, ...parts: readonly Bytes[]): Bytes {
  const content = parts.flat();
  return [tag, ...lengthBytes(content.length), ...content];
}

function lengthBytes(length: number): Bytes {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

/** An object identifier, `2.5.4.3`. */
export function identifier(text: string): Bytes {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return write(Tag.identifier, [first * 40 + second], ...rest.map(arcBytes));
}

/** A number in digits of seven bits, each but the last marked. */
function arcBytes(arc: number): Bytes {
  const bytes = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift(0x80 | (rest % 128));
  return bytes;
}
