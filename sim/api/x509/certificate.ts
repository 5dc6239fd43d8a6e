import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  KeyUsage,
  Name,
  RelativeDistinguishedName,
  type SubjectPublicKeyInfo,
  TBSCertificate,
  Time,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { writePem } from "./pem.ts";

/** What a certificate says, but for its signature. */
export interface CertificateBody {
  /** Positive, the highest byte first. */
  readonly serial: Uint8Array<ArrayBuffer>;
  readonly issuer: Name;
  readonly subject: Name;
  readonly publicKey: SubjectPublicKeyInfo;
  /** Milliseconds since 1970; whole seconds are kept. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
  readonly algorithm: AlgorithmIdentifier;
}

/** Signs an encoded body. */
export type Sign = (body: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

/** RSA with SHA-256, and ECDSA with it (RFC 5758: without parameters). */
export const SHA256_RSA = new AlgorithmIdentifier({
  algorithm: "1.2.840.113549.1.1.11",
  parameters: null,
});
export const SHA256_ECDSA = new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" });

/** A signed certificate, as PEM. */
export function composeCertificate(body: CertificateBody, sign: Sign): string {
  const { algorithm, extensions, notBefore, notAfter } = body;
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: body.serial.buffer,
    signature: algorithm,
    issuer: body.issuer,
    validity: new Validity({ notBefore: dateOf(notBefore), notAfter: dateOf(notAfter) }),
    subject: body.subject,
    subjectPublicKeyInfo: body.publicKey,
    extensions: new Extensions([...extensions]),
  });
  const signature = sign(new Uint8Array(AsnConvert.serialize(tbsCertificate)));
  const whole = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: signature.buffer,
  });
  return writePem("CERTIFICATE", new Uint8Array(AsnConvert.serialize(whole)));
}

/** The library's form of a time in milliseconds since 1970. */
function dateOf(time: number): ReturnType<Time["getTime"]> {
  return new Time(time).getTime();
}

/** Whether bytes can be read as a certificate. */
export function isCertificate(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    AsnConvert.parse(bytes, Certificate);
    return true;
  } catch {
    return false;
  }
}

/** A name that is a common name alone. */
export function commonName(text: string): Name {
  const value = new AttributeValue({ utf8String: text });
  const attribute = new AttributeTypeAndValue({ type: "2.5.4.3", value });
  return new Name([new RelativeDistinguishedName([attribute])]);
}

/** An extension of X.509 by its identifier and value. */
export function extension(id: string, value: object, critical = false): Extension {
  const extnValue = new OctetString(AsnConvert.serialize(value));
  return new Extension({ extnID: id, critical, extnValue });
}

/** Whether the subject may issue certificates itself. */
export function basicConstraints(authority: boolean): Extension {
  return extension(id_ce_basicConstraints, new BasicConstraints({ cA: authority }), true);
}

/** What the key may be used for: the sum of `KeyUsageFlags`. */
export function keyUsage(flags: number): Extension {
  return extension(id_ce_keyUsage, new KeyUsage(flags), true);
}

/** What the certificate may be used for: identifiers of purposes. */
export function extendedKeyUsage(purposes: readonly string[]): Extension {
  return extension(id_ce_extKeyUsage, new ExtendedKeyUsage([...purposes]));
}
