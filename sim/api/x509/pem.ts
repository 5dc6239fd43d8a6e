import { decodeBase64, encodeBytes } from "../kinds/base64.ts";

/** A block of a PEM text. */
export interface PemBlock {
  readonly label: string;
  readonly hasHeaders: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const BLOCK = /-----BEGIN ([^\n]*)-----\s*\n([\s\S]*?)-----END \1-----/g;
const LINE = 64;

/** The whole blocks of a text; what stands around them is left out. */
export function readPem(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([, label = "", body = ""]) => {
    const lines = body.split("\n");
    const data = lines.filter((line) => !line.includes(":"));
    return {
      label,
      hasHeaders: data.length < lines.length,
      bytes: decodeBase64(data.join("")),
    };
  });
}

/** A block as text. */
export function writePem(label: string, bytes: Uint8Array): string {
  const body = encodeBytes(bytes);
  const lines: string[] = [];
  for (let at = 0; at < body.length; at += LINE) lines.push(body.slice(at, at + LINE));
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
