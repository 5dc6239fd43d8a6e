import { byteLength } from "../kinds/base64.ts";

/*
 * Formats of names and keys, with apimachinery's own words. Each check answers what is wrong, in the order that upstream
 * finds it; an empty list means nothing is.
 */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const labelPattern = new RegExp(`^${LABEL}$`);
const subdomainPattern = new RegExp(`^${SUBDOMAIN}$`);
const qualifiedPattern = new RegExp(`^${QUALIFIED}$`);
const labelValuePattern = new RegExp(`^(${QUALIFIED})?$`);

/** `must be no more than N characters` or bytes. */
export function tooLongText(max: number, unit: "bytes" | "characters"): string {
  return `must be no more than ${max} ${unit}`;
}

/** Text of a format error with examples and its regular expression. */
function formatText(message: string, regex: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${regex}')`;
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${message} (e.g. ${shown}regex used for validation is '${regex}')`;
}

const LABEL_TEXT = formatText(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL,
  "my-name",
  "123-abc",
);
const SUBDOMAIN_TEXT = formatText(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  "example.com",
);
const DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const dns1035Pattern = new RegExp(`^${DNS_1035}$`);
const DNS_1035_TEXT = formatText(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  DNS_1035,
  "my-name",
  "abc-123",
);
const QUALIFIED_TEXT = formatText(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED,
  "MyName",
  "my.name",
  "123-abc",
);
const LABEL_VALUE_TEXT = formatText(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  `(${QUALIFIED})?`,
  "MyValue",
  "my_value",
  "12345",
);
const WILDCARD = `\\*\\.${SUBDOMAIN}`;
const wildcardPattern = new RegExp(`^${WILDCARD}$`);
const WILDCARD_TEXT = formatText(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  WILDCARD,
  "*.example.com",
);
const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const configKeyPattern = new RegExp(`^${CONFIG_KEY}$`);
const CONFIG_KEY_TEXT = formatText(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  CONFIG_KEY,
  "key.name",
  "KEY_NAME",
  "key-name",
);

const C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
const cIdentifierPattern = new RegExp(`^${C_IDENTIFIER}$`);
const C_IDENTIFIER_TEXT = formatText(
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  C_IDENTIFIER,
  "my_name",
  "MY_NAME",
  "MyName",
);

/** C identifier: what attributes of devices are called behind their domain. */
export function cIdentifierErrors(value: string): string[] {
  return cIdentifierPattern.test(value) ? [] : [C_IDENTIFIER_TEXT];
}

/** DNS-1123 label: at most 63 letters. */
export function dnsLabelErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 63) errors.push(tooLongText(63, "characters"));
  if (!labelPattern.test(value)) {
    errors.push(subdomainPattern.test(value) ? "must not contain dots" : LABEL_TEXT);
  }
  return errors;
}

/** DNS-1123 subdomain: at most 253 letters. */
export function dnsSubdomainErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 253) errors.push(tooLongText(253, "characters"));
  if (!subdomainPattern.test(value)) errors.push(SUBDOMAIN_TEXT);
  return errors;
}

const LABEL_UNDERSCORE = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_UNDERSCORE = `${LABEL_UNDERSCORE}(\\.${LABEL_UNDERSCORE})*`;
const underscorePattern = new RegExp(`^${SUBDOMAIN_UNDERSCORE}$`);
const UNDERSCORE_TEXT = formatText(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN_UNDERSCORE,
  "example.com",
);

/** DNS subdomain whose labels may have underscores, as in search paths. */
export function underscoreSubdomainErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 253) errors.push(tooLongText(253, "characters"));
  if (!underscorePattern.test(value)) errors.push(UNDERSCORE_TEXT);
  return errors;
}

/** DNS-1035 label. */
export function dns1035Errors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 63) errors.push(tooLongText(63, "characters"));
  if (!dns1035Pattern.test(value)) errors.push(DNS_1035_TEXT);
  return errors;
}

/** `*.` before a DNS subdomain. */
export function wildcardErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 253) errors.push(tooLongText(253, "characters"));
  if (!wildcardPattern.test(value)) errors.push(WILDCARD_TEXT);
  return errors;
}

/** `name` or `prefix/name`. */
export function qualifiedNameErrors(value: string): string[] {
  const parts = value.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  const [first = "", second] = parts;
  if (second !== undefined) {
    if (first === "") errors.push("prefix part must be non-empty");
    else errors.push(...prefixErrors(first));
  }
  const name = second ?? first;
  if (name === "") errors.push("name part must be non-empty");
  else if (byteLength(name) > 63) errors.push(`name part ${tooLongText(63, "bytes")}`);
  if (!qualifiedPattern.test(name)) errors.push(`name part ${QUALIFIED_TEXT}`);
  return errors;
}

/** A key's domain: the newer code behind keys counts bytes where names count characters. */
function prefixErrors(prefix: string): string[] {
  const errors: string[] = [];
  if (byteLength(prefix) > 253) errors.push(`prefix part ${tooLongText(253, "bytes")}`);
  if (!subdomainPattern.test(prefix)) errors.push(`prefix part ${SUBDOMAIN_TEXT}`);
  return errors;
}

/** Value of a label. */
export function labelValueErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 63) errors.push(tooLongText(63, "bytes"));
  if (!labelValuePattern.test(value)) errors.push(LABEL_VALUE_TEXT);
  return errors;
}

/** Key in a ConfigMap or Secret. */
export function configKeyErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 253) errors.push(tooLongText(253, "characters"));
  if (!configKeyPattern.test(value)) errors.push(CONFIG_KEY_TEXT);
  if (value === ".") errors.push("must not be '.'");
  else if (value === "..") errors.push("must not be '..'");
  else if (value.startsWith("..")) errors.push("must not start with '..'");
  return errors;
}

/** Name as a segment of a path: RBAC objects and metrics. */
export function pathSegmentErrors(value: string): string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`);
}

const PORT_NAME = /^[-a-z0-9]+$/;

/** Name of a port (IANA service name). */
export function portNameErrors(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 15) errors.push(tooLongText(15, "characters"));
  if (!PORT_NAME.test(value)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) errors.push("must contain at least one letter (a-z)");
  if (value.includes("--")) errors.push("must not contain consecutive hyphens");
  if (value !== "" && (value.startsWith("-") || value.endsWith("-"))) {
    errors.push("must not begin or end with a hyphen");
  }
  return errors;
}

/** Name of an environment variable, as relaxed since 1.34: printable ASCII without `=`. */
export function envNameErrors(value: string): string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : [
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ];
}

const PERCENT = /^[0-9]+%$/;

/** Percentage as text. */
export function percentErrors(value: string): string[] {
  return PERCENT.test(value)
    ? []
    : [
        formatText(
          "a valid percent string must be a numeric string followed by an ending '%'",
          "[0-9]+%",
          "1%",
          "93%",
        ),
      ];
}

/** Number of a port. */
export function portNumberErrors(value: number): string[] {
  return value >= 1 && value <= 65_535 ? [] : ["must be between 1 and 65535, inclusive"];
}

/** A base of generated names: letters follow its last dash (apimachinery `maskTrailingDash`). */
export function asPrefix(base: string): string {
  return base.length > 1 && base.endsWith("-") ? `${base.slice(0, -2)}a` : base;
}

/** What is said of numbers below zero. */
export const NOT_NEGATIVE = "must be greater than or equal to 0";
