import {
  type Extension,
  id_kp_clientAuth,
  id_kp_codeSigning,
  id_kp_emailProtection,
  id_kp_OCSPSigning,
  id_kp_serverAuth,
  id_kp_timeStamping,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { type Random, randomFrom } from "../../engine/random.ts";
import { HOUR, MILLISECOND, MINUTE, type Micros } from "../../engine/time.ts";
import { EPOCH_SECONDS } from "../meta/time.ts";
import {
  basicConstraints,
  commonName,
  composeCertificate,
  extendedKeyUsage,
  keyUsage,
  SHA256_RSA,
} from "./certificate.ts";
import type { CertificateRequest } from "./certificate-request.ts";

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
/** Length of a signature by an RSA key of 2048 bits. */
const SIGNATURE_BYTES = 256;

/** X.509's key usages, by the API's names. */
const KEY_USAGES: Readonly<Record<string, KeyUsageFlags>> = {
  signing: KeyUsageFlags.digitalSignature,
  "digital signature": KeyUsageFlags.digitalSignature,
  "content commitment": KeyUsageFlags.nonRepudiation,
  "key encipherment": KeyUsageFlags.keyEncipherment,
  "data encipherment": KeyUsageFlags.dataEncipherment,
  "key agreement": KeyUsageFlags.keyAgreement,
  "cert sign": KeyUsageFlags.keyCertSign,
  "crl sign": KeyUsageFlags.cRLSign,
  "encipher only": KeyUsageFlags.encipherOnly,
  "decipher only": KeyUsageFlags.decipherOnly,
};
/** Identifiers of extended key usages by the API's names, in the order in which certificates have them. */
const EXTENDED_KEY_USAGES: readonly (readonly [id: string, ...names: string[]])[] = [
  ["2.5.29.37.0", "any"],
  [id_kp_serverAuth, "server auth"],
  [id_kp_clientAuth, "client auth"],
  [id_kp_codeSigning, "code signing"],
  [id_kp_emailProtection, "email protection", "s/mime"],
  ["1.3.6.1.5.5.7.3.5", "ipsec end system"],
  ["1.3.6.1.5.5.7.3.6", "ipsec tunnel"],
  ["1.3.6.1.5.5.7.3.7", "ipsec user"],
  [id_kp_timeStamping, "timestamping"],
  [id_kp_OCSPSigning, "ocsp signing"],
  ["1.3.6.1.4.1.311.10.3.3", "microsoft sgc"],
  ["2.16.840.1.113730.4.1", "netscape sgc"],
];

/**
 * The certificate for a request, as PEM: it says what a cluster's would say, but its signature is drawn, for a simulated
 * cluster has no keys.
 */
export function issueCertificate(request: CertificateRequest, issue: Issue): string {
  const { now, lasts, usages, seed } = issue;
  const random = randomFrom(`certificate/${seed}`);
  const serial = draw(random, 16);
  // Neither a sign nor a zero that an encoding would leave out.
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40;
  const { info, alternativeNames } = request;
  const body = {
    serial,
    issuer: commonName(ISSUER),
    subject: info.subject,
    publicKey: info.subjectPKInfo,
    notBefore: milliseconds(now - BACKDATE),
    notAfter: milliseconds(now + lasts - (lasts < SHORT ? 0 : BACKDATE)),
    extensions: [
      ...usageExtensions(usages),
      basicConstraints(false),
      ...(alternativeNames === undefined ? [] : [alternativeNames]),
    ],
    algorithm: SHA256_RSA,
  };
  return composeCertificate(body, () => draw(random, SIGNATURE_BYTES));
}

function draw(random: Random, count: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: count }, () => random.word() & 0xff);
}

function milliseconds(time: Micros): number {
  return EPOCH_SECONDS * 1000 + Math.floor(time / MILLISECOND);
}

function usageExtensions(usages: readonly string[]): readonly Extension[] {
  const flags = usages.reduce((sum, usage) => sum | (KEY_USAGES[usage] ?? 0), 0);
  const purposes = EXTENDED_KEY_USAGES.filter(([, ...names]) =>
    names.some((name) => usages.includes(name)),
  ).map(([id]) => id);
  return [
    ...(flags === 0 ? [] : [keyUsage(flags)]),
    ...(purposes.length === 0 ? [] : [extendedKeyUsage(purposes)]),
  ];
}
