import { celQuantity } from "../../../api/cel/libraries/quantity.ts";
import { celVersion } from "../../../api/cel/libraries/semver.ts";
import { evaluate } from "../../../api/cel/program.ts";
import { celValue } from "../../../api/cel/values.ts";
import type { Device, DeviceAttribute, DeviceSelector } from "../../../api/types.gen.ts";

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
        : celVersion(attribute.version),
    ),
    capacity: byDomain(device.capacity, driver, ({ value }) => celQuantity(String(value))),
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
    const view = withDomains(viewOf(device, driver), cel.expression);
    const outcome = evaluate(cel.expression, { device: view });
    if ("error" in outcome) throw new Error(runtimeError(at, outcome.error));
    const answer = outcome.value;
    if (typeof answer !== "boolean")
      throw new Error(runtimeError(at, `expected a bool, got ${typeof answer}`));
    return answer;
  });
}

function runtimeError(at: number, text: string): string {
  return `selector #${at}: CEL runtime error: ${text.split("\n")[0] ?? text}`;
}
