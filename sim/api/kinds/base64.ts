const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** UTF-8 bytes of a text. */
export function utf8Bytes(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) {
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    } else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63));
      bytes.push(0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
  }
  return bytes;
}

/** Length of a text in UTF-8, in bytes. */
export function byteLength(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) length += 1;
    else if (code < 0x800) length += 2;
    else if (code >= 0xd800 && code < 0xdc00) {
      length += 4;
      at++;
    } else length += 3;
  }
  return length;
}

/** Standard base64 with padding of a text's UTF-8 bytes. */
export function encodeBase64(text: string): string {
  return encodeBytes(utf8Bytes(text));
}

/** Standard base64 with padding. */
export function encodeBytes(bytes: readonly number[]): string {
  let result = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.slice(at, at + 3);
    result += ALPHABET[a >> 2];
    result += ALPHABET[((a & 3) << 4) | ((b ?? 0) >> 4)];
    result += b === undefined ? "=" : ALPHABET[((b & 15) << 2) | ((c ?? 0) >> 6)];
    result += c === undefined ? "=" : ALPHABET[c & 63];
  }
  return result;
}

/** Bytes of base64 text; characters outside the alphabet are skipped. */
export function decodeBase64(text: string): number[] {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) continue;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return bytes;
}

/** The bytes as text, read as UTF-8 where every byte is ASCII and as Latin-1 elsewhere. */
export function decodeBase64Text(text: string): string {
  return decodeBase64(text)
    .map((byte) => String.fromCharCode(byte))
    .join("");
}
