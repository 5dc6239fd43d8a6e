import { decodeBase64Text } from "../../kinds/base64.ts";
import type { CertificateSigningRequest } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field-error.ts";
import { dnsLabelErrors, dnsSubdomainErrors } from "../names.ts";

const USAGES = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";

/** certificates `validateCertificateSigningRequest`, without metadata. */
export function signingRequestErrors({ spec }: CertificateSigningRequest): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { request = "", usages = [], signerName = "", expirationSeconds } = spec;
  if (!decodeBase64Text(request).includes("-----BEGIN CERTIFICATE REQUEST-----")) {
    const why = "PEM block type must be CERTIFICATE REQUEST";
    errors.push(invalidValue("spec.request", request, why));
  }
  if (usages.length === 0) errors.push(required("spec.usages", ""));
  usages.forEach((usage, index) => {
    if (!USAGES.includes(usage)) errors.push(notSupported(`spec.usages[${index}]`, usage, USAGES));
  });
  usages.forEach((usage, index) => {
    if (usages.indexOf(usage) < index) errors.push(duplicate(`spec.usages[${index}]`, usage));
  });
  if (signerName === LEGACY_SIGNER) {
    const why = "the legacy signerName is not allowed via this API version";
    errors.push(invalidValue("spec.signerName", signerName, why));
  } else errors.push(...signerErrors(signerName, "spec.signerName"));
  if (expirationSeconds !== undefined && expirationSeconds < 600) {
    const why = "may not specify a duration less than 600 seconds (10 minutes)";
    errors.push(invalidValue("spec.expirationSeconds", expirationSeconds, why));
  }
  return errors;
}

/** core `ValidateSignerName`. */
function signerErrors(name: string, field: string): readonly FieldError[] {
  if (name === "") return [required(field, "")];
  const segments = name.split("/");
  const [domain = "", path = ""] = segments;
  if (segments.length !== 2) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalidValue(field, name, why)];
  }
  const errors: FieldError[] = [];
  if (domain.length > 253) errors.push(tooLong(field, 253));
  const labels = domain.split(".");
  const say = (segment: string, label: string, text: string) => {
    const why = `validating label ${JSON.stringify(label)}: ${text}`;
    errors.push(invalidValue(field, segment, why));
  };
  for (const label of labels) for (const text of dnsLabelErrors(label)) say(domain, label, text);
  if (labels.length < 2) {
    const why = "should be a domain with at least two segments separated by dots";
    errors.push(invalidValue(field, domain, why));
  }
  for (const label of path.split("."))
    for (const text of dnsSubdomainErrors(label)) say(path, label, text);
  return errors;
}
