import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  type Extension,
  GeneralName,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsageFlags,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
} from "@peculiar/asn1-x509";
import {
  basicConstraints,
  commonName,
  composeCertificate,
  extendedKeyUsage,
  extension,
  keyUsage,
  SHA256_ECDSA,
} from "../sim/api/x509/certificate.ts";

const [HOUR_MS, YEAR_MS] = [3_600_000, 365 * 86_400_000];

interface Subject {
  readonly name: string;
  readonly key: KeyObject;
  readonly issuer: string;
  readonly extensions: readonly Extension[];
}

function certificate({ name, key, issuer, extensions }: Subject, signer: KeyObject): string {
  const serial = new Uint8Array(randomBytes(16));
  // Neither a sign nor a zero that an encoding would leave out.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const body = {
    serial,
    issuer: commonName(issuer),
    subject: commonName(name),
    publicKey: AsnConvert.parse(key.export({ type: "spki", format: "der" }), SubjectPublicKeyInfo),
    notBefore: Date.now() - HOUR_MS,
    notAfter: Date.now() + YEAR_MS,
    extensions,
    algorithm: SHA256_ECDSA,
  };
  return composeCertificate(
    body,
    (bytes) => new Uint8Array(createSign("SHA256").update(bytes).sign(signer)),
  );
}

function alternativeNames(hosts: readonly string[]): Extension {
  const names = [...new Set(hosts)].map(
    (host) => new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host }),
  );
  return extension(id_ce_subjectAltName, new SubjectAlternativeName(names));
}

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
        basicConstraints(true),
        keyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
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
        basicConstraints(false),
        keyUsage(KeyUsageFlags.digitalSignature),
        extendedKeyUsage([id_kp_serverAuth]),
        alternativeNames(hosts),
      ],
    },
    root.privateKey,
  );
  return { authority, cert, key: String(leaf.privateKey.export({ type: "pkcs8", format: "pem" })) };
}
