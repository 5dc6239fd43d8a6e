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

const encoder = new TextEncoder();

/** Standard base64 with padding of a text's UTF-8 bytes. */
export function encodeBase64(text: string): string {
  return encodeBytes(encoder.encode(text));
}

/** Standard base64 with padding. */
export function encodeBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Bytes of base64 text; characters outside the alphabet are skipped. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(decodeBase64Text(text), (character) => character.charCodeAt(0));
}

/** The bytes as text, read as UTF-8 where every byte is ASCII and as Latin-1 elsewhere. */
export function decodeBase64Text(text: string): string {
  const digits = text.replaceAll(/[^A-Za-z0-9+/]/g, "");
  // A single digit at the end is no byte, and nothing that `atob` takes.
  return atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
}
