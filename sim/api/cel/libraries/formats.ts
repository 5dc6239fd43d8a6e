import { type Environment, Optional } from "@marcbachmann/cel-js";
import { parseTimestamp } from "../../meta/time.ts";
import {
  dns1035Errors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from "../../validation/names.ts";

/** A named format of an expression. */
class CelFormat {
  readonly #check: Check;

  constructor(check: Check) {
    this.#check = check;
  }

  static check(format: CelFormat, text: string): readonly string[] {
    return format.#check(text);
  }
}

type Check = (text: string) => readonly string[];

/** Names may be the beginning of generated ones, which may end in a dash. */
const asPrefix =
  (check: Check): Check =>
  (text) =>
    check(text.length > 1 && text.endsWith("-") ? `${text.slice(0, -1)}a` : text);

const matching =
  (test: (text: string) => boolean, why: string): Check =>
  (text) =>
    test(text) ? [] : [why];

const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined;

const FORMATS: Readonly<Record<string, Check>> = {
  dns1123Label: dnsLabelErrors,
  dns1123Subdomain: dnsSubdomainErrors,
  dns1035Label: dns1035Errors,
  dns1123LabelPrefix: asPrefix(dnsLabelErrors),
  dns1123SubdomainPrefix: asPrefix(dnsSubdomainErrors),
  dns1035LabelPrefix: asPrefix(dns1035Errors),
  qualifiedName: qualifiedNameErrors,
  labelValue: labelValueErrors,
  uri: matching(
    (text) => /^([A-Za-z][A-Za-z0-9+.-]*:|\/)\S*$/.test(text),
    "invalid URI for request",
  ),
  uuid: matching(
    (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text),
    "does not match the UUID format",
  ),
  byte: matching(
    (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
    "invalid base64",
  ),
  date: matching(isDate, "invalid date"),
  datetime: matching((text) => parseTimestamp(text) !== undefined, "invalid datetime"),
};

class FormatNamespace {}

/** Formats: `format.dns1123Label().validate(name)` has no value when the name is one. */
export function registerFormats(environment: Environment): void {
  environment
    .registerType("kubernetes.NamedFormat", CelFormat)
    .registerType("FormatNamespace", FormatNamespace)
    .registerConstant("format", "FormatNamespace", new FormatNamespace())
    .registerFunction(
      "FormatNamespace.named(string): optional<dyn>",
      (_: unknown, name: string) => {
        const check = FORMATS[name];
        return check === undefined ? Optional.none() : Optional.of(new CelFormat(check));
      },
    )
    .registerFunction(
      "kubernetes.NamedFormat.validate(string): optional<dyn>",
      (format: CelFormat, text: string) => {
        const errors = CelFormat.check(format, text);
        return errors.length === 0 ? Optional.none() : Optional.of(errors);
      },
    );
  for (const [name, check] of Object.entries(FORMATS)) {
    const format = new CelFormat(check);
    environment.registerFunction(`FormatNamespace.${name}(): kubernetes.NamedFormat`, () => format);
  }
}
