import { decodeBase64Text } from "../../kinds/base64.ts";
import type { CertificateSigningRequest } from "../../types.gen.ts";
import { isCertificate } from "../../x509/certificate.ts";
import { readCertificateRequest } from "../../x509/certificate-request.ts";
import { readPem } from "../../x509/pem.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
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
  const problem = requestProblem(request);
  if (problem !== undefined) errors.push(invalidValue("spec.request", request, problem));
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

/** Conditions that say what became of a request. They are there or not, and never go again. */
const [APPROVED, DENIED, FAILED] = ["Approved", "Denied", "Failed"];
const STATES = ["False", "True", "Unknown"];
type Conditions = NonNullable<NonNullable<CertificateSigningRequest["status"]>["conditions"]>;

/** certificates `ValidateCertificateSigningRequestUpdate`: who asks decides nothing. */
export function signingRequestUpdateErrors(
  next: CertificateSigningRequest,
  before: CertificateSigningRequest,
): readonly FieldError[] {
  return updateErrors(next, before, [APPROVED, DENIED], "updates may not set certificate content");
}

/** certificates `ValidateCertificateSigningRequestStatusUpdate`: who signs does not approve. */
export function signingRequestStatusErrors(
  next: CertificateSigningRequest,
  before: CertificateSigningRequest,
): readonly FieldError[] {
  const why =
    (before.status?.certificate ?? "") === ""
      ? undefined
      : "updates may not modify existing certificate content";
  return updateErrors(next, before, [APPROVED, DENIED], why);
}

/** certificates `ValidateCertificateSigningRequestApprovalUpdate`: who approves does not sign. */
export function signingRequestApprovalErrors(
  next: CertificateSigningRequest,
  before: CertificateSigningRequest,
): readonly FieldError[] {
  return updateErrors(next, before, [], "updates may not set certificate content");
}

/** `fixed`: conditions that this door does not add; `fixedCertificate`: why it may not change the certificate, if it may not. */
function updateErrors(
  next: CertificateSigningRequest,
  before: CertificateSigningRequest,
  fixed: readonly (string | undefined)[],
  fixedCertificate: string | undefined,
): readonly FieldError[] {
  const [now, then] = [next.status?.conditions ?? [], before.status?.conditions ?? []];
  const errors = [...signingRequestErrors(next), ...conditionErrors(now, then)];
  const changed = (next.status?.certificate ?? "") !== (before.status?.certificate ?? "");
  const broken = changed ? certificateProblem(next.status?.certificate ?? "") : undefined;
  if (broken !== undefined)
    errors.push(invalidValue("status.certificate", "<certificate data>", broken));
  const count = (list: Conditions, wanted: string | undefined): number =>
    list.filter(({ type }) => type === wanted).length;
  for (const type of [APPROVED, DENIED, FAILED])
    if (count(now, type) < count(then, type)) {
      const why = `updates may not remove a condition of type ${JSON.stringify(type)}`;
      errors.push(forbiddenField("status.conditions", why));
    }
  for (const type of fixed)
    if (count(now, type) > count(then, type)) {
      const why = `updates may not add a condition of type ${JSON.stringify(type)}`;
      errors.push(forbiddenField("status.conditions", why));
    }
  if (changed && fixedCertificate !== undefined)
    errors.push(forbiddenField("status.certificate", fixedCertificate));
  return errors;
}

/** What is wrong with the conditions; what was wrong before is let through. */
function conditionErrors(now: Conditions, then: Conditions): readonly FieldError[] {
  const errors: FieldError[] = [];
  const has = (list: Conditions, wanted: string | undefined): boolean =>
    list.some(({ type }) => type === wanted);
  const repeats = then.some(({ type }, at) => has(then.slice(0, at), type));
  const both = has(then, APPROVED) && has(then, DENIED);
  now.forEach(({ type, status }, index) => {
    const field = `status.conditions[${index}]`;
    if (type === "" && !has(then, "")) errors.push(required(`${field}.type`, ""));
    const decides = [APPROVED, DENIED, FAILED].includes(type);
    const allowed = decides ? ["True"] : STATES;
    if (status === "") errors.push(required(`${field}.status`, ""));
    else if (!allowed.includes(status))
      errors.push(notSupported(`${field}.status`, status, allowed));
    const earlier = now.slice(0, index);
    const opposite = type === APPROVED ? DENIED : type === DENIED ? APPROVED : undefined;
    if (!both && opposite !== undefined && has(earlier, opposite)) {
      const why = "Approved and Denied conditions are mutually exclusive";
      errors.push(invalidValue(`${field}.type`, type, why));
    }
    if (!repeats && has(earlier, type)) errors.push(duplicate(`${field}.type`, type));
  });
  return errors;
}

/** What is wrong with what is asked for. Its signature is not checked, and Go says more of what it cannot read. */
function requestProblem(base64: string): string | undefined {
  const block = readPem(decodeBase64Text(base64))[0];
  if (block?.label !== "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
  return readCertificateRequest(base64) === undefined
    ? "asn1: structure error: tags don't match"
    : undefined;
}

/** What is wrong with an issued certificate; Go says more of one it cannot read. */
function certificateProblem(base64: string): string | undefined {
  if (base64 === "") return undefined;
  const blocks = readPem(decodeBase64Text(base64));
  for (const { label, hasHeaders, bytes } of blocks) {
    if (label !== "CERTIFICATE")
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(label)}`;
    if (hasHeaders) return "no PEM block headers are permitted";
    if (bytes.length === 0) return "found CERTIFICATE PEM block containing 0 certificates";
    if (!isCertificate(bytes)) return "x509: malformed certificate";
  }
  return blocks.length > 0 ? undefined : "must contain at least one CERTIFICATE PEM block";
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
