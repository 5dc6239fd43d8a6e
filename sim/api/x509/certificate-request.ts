import { CertificationRequest, type CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  type Extension,
  Extensions,
  type GeneralName,
  id_ce_subjectAltName,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import { decodeBase64Text } from "../kinds/base64.ts";
import { readPem } from "./pem.ts";

/** What somebody asks a certificate for (PKCS #10). */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** How many further names of each kind the subject is to have. */
  readonly names: Readonly<Record<"email" | "dns" | "uri" | "address", number>>;
  /** The subject and its key, as a certificate takes them over. */
  readonly info: CertificationRequestInfo;
  /** The extension with the further names, if it is asked for. */
  readonly alternativeNames: Extension | undefined;
}

const LABEL = "CERTIFICATE REQUEST";
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
/** PKCS #9 `extensionRequest`. */
const EXTENSIONS = "1.2.840.113549.1.9.14";

/** The request in a `spec.request`; `undefined` when it cannot be read. Nobody checks its signature. */
export function readCertificateRequest(base64: string): CertificateRequest | undefined {
  const block = readPem(decodeBase64Text(base64))[0];
  if (block?.label !== LABEL) return undefined;
  try {
    return parse(block.bytes);
  } catch {
    // The library throws plain errors of many kinds; all say that these bytes are no request.
    return undefined;
  }
}

function parse(bytes: Uint8Array<ArrayBuffer>): CertificateRequest {
  const info = AsnConvert.parse(bytes, CertificationRequest).certificationRequestInfo;
  const texts = (wanted: string): readonly string[] =>
    info.subject
      .flat()
      .filter(({ type }) => type === wanted)
      .map(({ value }) => value.toString());
  const alternativeNames = extensionsOf(info).find(({ extnID }) => extnID === id_ce_subjectAltName);
  const names: readonly GeneralName[] =
    alternativeNames === undefined
      ? []
      : AsnConvert.parse(alternativeNames.extnValue, SubjectAlternativeName);
  const count = (field: keyof GeneralName): number =>
    names.filter((name) => name[field] !== undefined).length;
  return {
    commonName: texts(COMMON_NAME).at(-1) ?? "",
    organizations: texts(ORGANIZATION),
    names: {
      email: count("rfc822Name"),
      dns: count("dNSName"),
      uri: count("uniformResourceIdentifier"),
      address: count("iPAddress"),
    },
    info,
    alternativeNames,
  };
}

function extensionsOf({ attributes }: CertificationRequestInfo): readonly Extension[] {
  const asked = attributes.find(({ type }) => type === EXTENSIONS)?.values[0];
  return asked === undefined ? [] : AsnConvert.parse(asked, Extensions);
}
