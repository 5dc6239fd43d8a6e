import { type Random, randomFrom } from "../../engine/random.ts";
import { HOUR, MINUTE, type Micros } from "../../engine/time.ts";
import { utf8Bytes } from "../kinds/base64.ts";
import { timestamp } from "../meta/time.ts";
import { ALTERNATIVE_NAMES, type CertificateRequest } from "./certificate-request.ts";
import { type Bytes, identifier, Tag, write } from "./der.ts";
import { writePem } from "./pem.ts";

/** What a signer decides of a certificate. */
export interface Issue {
  readonly now: Micros;
  /** How long it is good for. */
  readonly lasts: Micros;
  /** Usages of the certificates API. */
  readonly usages: readonly string[];
  /** Serial number and signature are drawn from this text. */
  readonly seed: string;
}

const ISSUER = "kubernetes";
const BACKDATE: Micros = 5 * MINUTE;
/** A certificate that lasts less ends as late as was asked for. */
const SHORT: Micros = 8 * HOUR;

const COMMON_NAME = identifier("2.5.4.3");
const UTF8_TEXT = 0x0c;
const ALGORITHM = write(Tag.sequence, identifier("1.2.840.113549.1.1.11"), write(Tag.none));
const [KEY_USAGE, EXTENDED_KEY_USAGE, BASIC_CONSTRAINTS] = [
  identifier("2.5.29.15"),
  identifier("2.5.29.37"),
  identifier("2.5.29.19"),
];
const CRITICAL = write(Tag.boolean, [0xff]);

/** Bits of X.509's key usage, by the API's names. */
const KEY_USAGES: Readonly<Record<string, number>> = {
  signing: 0,
  "digital signature": 0,
  "content commitment": 1,
  "key encipherment": 2,
  "data encipherment": 3,
  "key agreement": 4,
  "cert sign": 5,
  "crl sign": 6,
  "encipher only": 7,
  "decipher only": 8,
};
/** Identifiers of extended key usages by the API's names, in the order in which certificates have them. */
const EXTENDED_KEY_USAGES: readonly (readonly [id: string, ...names: string[]])[] = [
  ["2.5.29.37.0", "any"],
  ["1.3.6.1.5.5.7.3.1", "server auth"],
  ["1.3.6.1.5.5.7.3.2", "client auth"],
  ["1.3.6.1.5.5.7.3.3", "code signing"],
  ["1.3.6.1.5.5.7.3.4", "email protection", "s/mime"],
  ["1.3.6.1.5.5.7.3.5", "ipsec end system"],
  ["1.3.6.1.5.5.7.3.6", "ipsec tunnel"],
  ["1.3.6.1.5.5.7.3.7", "ipsec user"],
  ["1.3.6.1.5.5.7.3.8", "timestamping"],
  ["1.3.6.1.5.5.7.3.9", "ocsp signing"],
  ["1.3.6.1.4.1.311.10.3.3", "microsoft sgc"],
  ["2.16.840.1.113730.4.1", "netscape sgc"],
];

/**
 * The certificate for a request, as PEM: it says what a cluster's would say, but its signature is drawn, for a simulated
 * cluster has no keys.
 */
export function issueCertificate(request: CertificateRequest, issue: Issue): string {
  const { now, lasts, usages, seed } = issue;
  const end = now + lasts - (lasts < SHORT ? 0 : BACKDATE);
  const random = randomFrom(`certificate/${seed}`);
  const body = write(
    Tag.sequence,
    write(Tag.field(0), write(Tag.integer, [2])),
    // The first bit is no sign.
    write(Tag.integer, [(random.word() & 0x3f) | 0x40, ...draw(random, 15)]),
    ALGORITHM,
    nameOf(ISSUER),
    write(Tag.sequence, utcTime(now - BACKDATE), utcTime(end)),
    request.subject,
    request.publicKey,
    write(Tag.field(3), write(Tag.sequence, ...extensions(request, usages))),
  );
  const signature = write(Tag.bitString, [0, ...draw(random, 256)]);
  return writePem("CERTIFICATE", write(Tag.sequence, body, ALGORITHM, signature));
}

function draw(random: Random, count: number): Bytes {
  return Array.from({ length: count }, () => random.word() & 0xff);
}

function nameOf(text: string): Bytes {
  const pair = write(Tag.sequence, COMMON_NAME, write(UTF8_TEXT, utf8Bytes(text)));
  return write(Tag.sequence, write(Tag.set, pair));
}

/** `YYMMDDhhmmssZ`. */
function utcTime(time: Micros): Bytes {
  const digits = timestamp(time).replaceAll(/\D/g, "").slice(2);
  return write(Tag.utcTime, utf8Bytes(`${digits}Z`));
}

function extensions(request: CertificateRequest, usages: readonly string[]): readonly Bytes[] {
  const bits = new Set(usages.flatMap((usage) => KEY_USAGES[usage] ?? []));
  const extended = EXTENDED_KEY_USAGES.filter(([, ...names]) =>
    names.some((name) => usages.includes(name)),
  );
  const ids = extended.map(([id]) => identifier(id));
  return [
    ...(bits.size === 0 ? [] : [extension(KEY_USAGE, bitString(bits), CRITICAL)]),
    ...(ids.length === 0 ? [] : [extension(EXTENDED_KEY_USAGE, write(Tag.sequence, ...ids))]),
    extension(BASIC_CONSTRAINTS, write(Tag.sequence), CRITICAL),
    ...(request.alternativeNames === undefined
      ? []
      : [extension(ALTERNATIVE_NAMES, request.alternativeNames)]),
  ];
}

function extension(id: Bytes, value: Bytes, ...critical: readonly Bytes[]): Bytes {
  return write(Tag.sequence, id, ...critical, write(Tag.octetString, value));
}

/** Bits counted from the highest one of the first byte, without what is empty at the end. */
function bitString(bits: ReadonlySet<number>): Bytes {
  const last = Math.max(...bits);
  const bytes = Array.from({ length: (last >> 3) + 1 }, () => 0);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] as number) | (0x80 >> (bit & 7));
  return write(Tag.bitString, [7 - (last & 7), ...bytes]);
}
