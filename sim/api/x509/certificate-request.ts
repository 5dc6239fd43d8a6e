import { decodeBase64Text } from "../kinds/base64.ts";
import { type Bytes, contentOf, DerError, type Element, identifier, inside, Tag } from "./der.ts";
import { readPem } from "./pem.ts";

/** What somebody asks a certificate for (PKCS #10). */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** How many further names of each kind the subject is to have. */
  readonly names: Readonly<Record<"email" | "dns" | "uri" | "address", number>>;
  /** The subject, its key and its further names, as a certificate takes them over. */
  readonly subject: Bytes;
  readonly publicKey: Bytes;
  readonly alternativeNames: Bytes | undefined;
}

/** The label of a request's PEM block. */
const LABEL = "CERTIFICATE REQUEST";
const COMMON_NAME = identifier("2.5.4.3");
const ORGANIZATION = identifier("2.5.4.10");
const EXTENSIONS = identifier("1.2.840.113549.1.9.14");
/** X.509v3's extension of further names of a subject. */
export const ALTERNATIVE_NAMES: Bytes = identifier("2.5.29.17");
const NAME_KINDS = [
  ["email", Tag.choice(1)],
  ["dns", Tag.choice(2)],
  ["uri", Tag.choice(6)],
  ["address", Tag.choice(7)],
] as const;

/** The request in a `spec.request`; `undefined` when it cannot be read. Nobody checks its signature. */
export function readCertificateRequest(base64: string): CertificateRequest | undefined {
  const block = readPem(decodeBase64Text(base64))[0];
  if (block?.label !== LABEL) return undefined;
  try {
    return parse(block.bytes);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return undefined;
  }
}

function parse(bytes: Bytes): CertificateRequest {
  const whole: Element = { tag: Tag.sequence, content: bytes, whole: bytes };
  const [request] = inside(whole, Tag.sequence);
  const [info] = inside(request, Tag.sequence);
  const [, subject, publicKey, attributes] = inside(info, Tag.sequence);
  contentOf(publicKey, Tag.sequence);
  const alternative = attributes && alternativeNames(attributes);
  return {
    ...readSubject(subject),
    names: countNames(alternative),
    subject: subject?.whole ?? [],
    publicKey: publicKey?.whole ?? [],
    alternativeNames: alternative,
  };
}

function readSubject(
  subject: Element | undefined,
): Pick<CertificateRequest, "commonName" | "organizations"> {
  let commonName = "";
  const organizations: string[] = [];
  for (const set of inside(subject, Tag.sequence))
    for (const attribute of inside(set, Tag.set)) {
      const [type, value] = inside(attribute, Tag.sequence);
      const text = textOf(value?.content ?? []);
      if (same(type?.whole, COMMON_NAME)) commonName = text;
      if (same(type?.whole, ORGANIZATION)) organizations.push(text);
    }
  return { commonName, organizations };
}

/** The further names among the extensions that are asked for. */
function alternativeNames(attributes: Element): Bytes | undefined {
  for (const attribute of inside(attributes, Tag.field(0))) {
    const [type, values] = inside(attribute, Tag.sequence);
    if (!same(type?.whole, EXTENSIONS)) continue;
    for (const extension of inside(inside(values, Tag.set)[0], Tag.sequence)) {
      const parts = inside(extension, Tag.sequence);
      if (same(parts[0]?.whole, ALTERNATIVE_NAMES)) return contentOf(parts.at(-1), Tag.octetString);
    }
  }
  return undefined;
}

function countNames(alternative: Bytes | undefined): CertificateRequest["names"] {
  const whole = alternative ?? [];
  const all = inside({ tag: Tag.sequence, content: whole, whole }, Tag.sequence).flatMap((names) =>
    inside(names, Tag.sequence),
  );
  const counts = NAME_KINDS.map(([kind, wanted]) => [
    kind,
    all.filter(({ tag }) => tag === wanted).length,
  ]);
  return Object.fromEntries(counts);
}

function same(a: Bytes | undefined, b: Bytes): boolean {
  return a?.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Text in UTF-8, of which all others that are in use are a part. */
function textOf(bytes: Bytes): string {
  const escaped = bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  try {
    return decodeURIComponent(escaped);
  } catch {
    return String.fromCharCode(...bytes);
  }
}
