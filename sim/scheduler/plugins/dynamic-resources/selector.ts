import { Environment } from "@marcbachmann/cel-js";
import { celValue } from "../../../api/admission/expression.ts";
import { parseQuantity } from "../../../api/meta/quantity.ts";
import type { Device, DeviceAttribute, DeviceSelector } from "../../../api/types.gen.ts";

/** A quantity in an expression, exact in nano-units. */
class CelQuantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A semantic version in an expression. */
class CelVersion {
  readonly parts: readonly bigint[];
  readonly release: string;

  constructor(text: string) {
    const [plain = ""] = text.split("+");
    const dash = plain.indexOf("-");
    const numbers = dash < 0 ? plain : plain.slice(0, dash);
    this.release = dash < 0 ? "" : plain.slice(dash + 1);
    if (!/^\d+\.\d+\.\d+$/.test(numbers)) throw new Error(`not a semantic version: ${text}`);
    this.parts = numbers.split(".").map(BigInt);
  }
}

function quantity(text: string): CelQuantity {
  const parsed = parseQuantity(text);
  if (parsed === undefined) throw new Error(`not a quantity: ${text}`);
  return new CelQuantity(parsed.nanos);
}

function compareVersions(a: CelVersion, b: CelVersion): bigint {
  for (let at = 0; at < 3; at++) {
    const [first = 0n, second = 0n] = [a.parts[at], b.parts[at]];
    if (first !== second) return first < second ? -1n : 1n;
  }
  if (a.release === b.release) return 0n;
  // A release comes after its candidates.
  if (a.release === "" || b.release === "") return a.release === "" ? 1n : -1n;
  return a.release < b.release ? -1n : 1n;
}

const compareQuantities = (a: CelQuantity, b: CelQuantity): bigint =>
  a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n;

/** The environment of device selectors: `device`, quantities and semantic versions. */
function deviceEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  environment.registerType("Quantity", CelQuantity);
  environment.registerType("Semver", CelVersion);
  environment.registerFunction("quantity(string): Quantity", quantity);
  environment.registerFunction("semver(string): Semver", (text: string) => new CelVersion(text));
  for (const [type, compare] of [
    ["Quantity", compareQuantities],
    ["Semver", compareVersions],
  ] as const) {
    const ordered = compare as (a: unknown, b: unknown) => bigint;
    environment.registerFunction(`${type}.compareTo(${type}): int`, ordered);
    environment.registerFunction(
      `${type}.isGreaterThan(${type}): bool`,
      (a: unknown, b: unknown) => ordered(a, b) > 0n,
    );
    environment.registerFunction(
      `${type}.isLessThan(${type}): bool`,
      (a: unknown, b: unknown) => ordered(a, b) < 0n,
    );
  }
  return environment;
}

type Test = (variables: { readonly device: unknown }) => unknown;

const environment = deviceEnvironment();
const compiled = new Map<string, Test>();

/** `has(device.attributes["d"].name)`: the evaluator knows `has` of plain fields only. */
const HAS_ENTRY =
  /\bhas\(\s*(device\.(?:attributes|capacity)\s*\[\s*(["'])[^"']+\2\s*\])\s*\.\s*(\w+)\s*\)/g;

function compile(expression: string): Test {
  let test = compiled.get(expression);
  if (test === undefined) {
    const plain = expression.replace(HAS_ENTRY, '("$3" in $1)');
    test = environment.parse(plain) as unknown as Test;
    compiled.set(expression, test);
  }
  return test;
}

/** Domain and name of an attribute or capacity; without a domain it is the driver's. */
export function qualified(name: string, driver: string): readonly [domain: string, name: string] {
  const slash = name.indexOf("/");
  return slash < 0 ? [driver, name] : [name.slice(0, slash), name.slice(slash + 1)];
}

/** The value of an attribute, whatever its type. */
export function attributeValue(attribute: DeviceAttribute): unknown {
  const { bool, bools, int, ints, string, strings, version, versions } = attribute;
  return bool ?? int ?? string ?? version ?? bools ?? ints ?? strings ?? versions;
}

function byDomain<T>(
  entries: Readonly<Record<string, T>> | undefined,
  driver: string,
  value: (entry: T) => unknown,
): Record<string, Record<string, unknown>> {
  const domains: Record<string, Record<string, unknown>> = {};
  for (const [full, entry] of Object.entries(entries ?? {})) {
    const [domain, name] = qualified(full, driver);
    domains[domain] = { ...domains[domain], [name]: value(entry) };
  }
  return domains;
}

const views = new WeakMap<Device, unknown>();

/** A device as expressions see it. */
function viewOf(device: Device, driver: string): Record<string, unknown> {
  const known = views.get(device) as Record<string, unknown> | undefined;
  if (known !== undefined) return known;
  const view = {
    driver,
    allowMultipleAllocations: device.allowMultipleAllocations ?? false,
    attributes: byDomain(device.attributes, driver, (attribute) =>
      attribute.version === undefined
        ? celValue(attributeValue(attribute))
        : new CelVersion(attribute.version),
    ),
    capacity: byDomain(device.capacity, driver, ({ value }) => quantity(String(value))),
  };
  views.set(device, view);
  return view;
}

/** Domains an expression asks for are there, empty if the device has nothing of them. */
function withDomains(view: Record<string, unknown>, expression: string): Record<string, unknown> {
  const whole: Record<string, unknown> = { ...view };
  for (const [, part = "", , domain = ""] of expression.matchAll(
    /\b(attributes|capacity)\s*\[\s*(["'])([^"']+)\2\s*\]/g,
  )) {
    const domains = whole[part] as Record<string, unknown>;
    if (!(domain in domains)) whole[part] = { ...domains, [domain]: {} };
  }
  return whole;
}

/** Whether a device is what all selectors ask for. Throws when an expression cannot be parsed or evaluated. */
export function selects(
  selectors: readonly DeviceSelector[] | undefined,
  device: Device,
  driver: string,
): boolean {
  return (selectors ?? []).every(({ cel }, at) => {
    if (cel === undefined) return true;
    let answer: unknown;
    try {
      const view = withDomains(viewOf(device, driver), cel.expression);
      answer = compile(cel.expression)({ device: view });
    } catch (cause) {
      const text = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
      throw new Error(`selector #${at}: CEL runtime error: ${text}`);
    }
    if (typeof answer !== "boolean")
      throw new Error(`selector #${at}: CEL runtime error: expected a bool, got ${typeof answer}`);
    return answer;
  });
}
