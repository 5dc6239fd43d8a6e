import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { isIP } from "node:net";

/*
 * A certificate authority of our own: Node can sign but not write X.509, so the few structures needed are written
 * here in DER (RFC 5280).
 */

type Der = Buffer;

function tagged(tag: number, ...parts: readonly Der[]): Der {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : body.length < 256
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const sequence = (...parts: readonly Der[]): Der => tagged(0x30, ...parts);
const octets = (bytes: Der): Der => tagged(0x04, bytes);
const bits = (bytes: Der): Der => tagged(0x03, Buffer.from([0]), bytes);
const yes: Der = tagged(0x01, Buffer.from([0xff]));

function integer(bytes: Der): Der {
  const sign = (bytes[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0);
  return tagged(0x02, sign, bytes);
}

function objectId(text: string): Der {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

const SIGNATURE = sequence(objectId("1.2.840.10045.4.3.2"));

function commonName(name: string): Der {
  const value = tagged(0x0c, Buffer.from(name, "utf8"));
  return sequence(tagged(0x31, sequence(objectId("2.5.4.3"), value)));
}

/** YYYYMMDDHHMMSSZ; years from 2050 need this form, earlier ones must have the short one. */
function time(date: Date): Der {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return tagged(0x17, Buffer.from(text.slice(2), "ascii"));
}

function extension(id: string, value: Der, critical: boolean): Der {
  return sequence(objectId(id), ...(critical ? [yes] : []), octets(value));
}

function alternativeNames(hosts: readonly string[]): Der {
  const names = [...new Set(hosts)].map((host) => {
    if (isIP(host) === 4) return tagged(0x87, Buffer.from(host.split(".").map(Number)));
    if (isIP(host) === 6) return tagged(0x87, ipv6Bytes(host));
    return tagged(0x82, Buffer.from(host, "ascii"));
  });
  return sequence(...names);
}

function ipv6Bytes(host: string): Der {
  const [head = "", tail] = host.split("::");
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [front, back] = [groups(head), groups(tail ?? "")];
  const gap = new Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0);
  return Buffer.from([...front, ...gap, ...back].flatMap((group) => [group >> 8, group & 255]));
}

interface Subject {
  readonly name: string;
  readonly key: KeyObject;
  readonly issuer: string;
  readonly extensions: readonly Der[];
}

function certificate({ name, key, issuer, extensions }: Subject, signer: KeyObject): string {
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f || 1;
  const begin = new Date(Date.now() - 3_600_000);
  const end = new Date(Date.now() + 365 * 86_400_000);
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    SIGNATURE,
    commonName(issuer),
    sequence(time(begin), time(end)),
    commonName(name),
    key.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = createSign("SHA256").update(body).sign(signer);
  const der = sequence(body, SIGNATURE, bits(signature));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const ALTERNATIVE_NAMES = "2.5.29.17";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
/** keyCertSign and cRLSign; digitalSignature. */
const [SIGNS, SPEAKS] = [Buffer.from([1, 6]), Buffer.from([7, 128])];

/** A new authority and a server certificate signed by it, as PEM; good for a year. */
export interface ServerCertificate {
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority and with it a certificate for hosts: names or addresses. */
export function makeAuthority(hosts: readonly string[]): ServerCertificate {
  const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [root, leaf] = [pair(), pair()];
  const issuer = `ksim-ca-${randomBytes(4).toString("hex")}`;
  const authority = certificate(
    {
      name: issuer,
      key: root.publicKey,
      issuer,
      extensions: [
        extension(BASIC_CONSTRAINTS, sequence(yes), true),
        extension(KEY_USAGE, tagged(0x03, SIGNS), true),
      ],
    },
    root.privateKey,
  );
  const cert = certificate(
    {
      name: "ksim",
      key: leaf.publicKey,
      issuer,
      extensions: [
        extension(BASIC_CONSTRAINTS, sequence(), true),
        extension(KEY_USAGE, tagged(0x03, SPEAKS), true),
        extension(EXTENDED_KEY_USAGE, sequence(objectId(SERVER_AUTH)), false),
        extension(ALTERNATIVE_NAMES, alternativeNames(hosts), false),
      ],
    },
    root.privateKey,
  );
  return { authority, cert, key: String(leaf.privateKey.export({ type: "pkcs8", format: "pem" })) };
}
