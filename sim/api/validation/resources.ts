import { parseQuantity } from "../meta/quantity.ts";
import type { ResourceRequirements } from "../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, required } from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { NOT_NEGATIVE, qualifiedNameErrors } from "./names.ts";

const CONTAINER_RESOURCES = new Set(["cpu", "memory", "ephemeral-storage"]);
const STANDARD_RESOURCES = new Set([
  ...CONTAINER_RESOURCES,
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers",
]);
const INTEGER_RESOURCES = new Set([
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);

/** Nano-units of a quantity; zero for text that is none. */
export function nanosOf(text: string | undefined): bigint {
  return text === undefined ? 0n : (parseQuantity(text)?.nanos ?? 0n);
}

function isHugePage(name: string): boolean {
  return name.startsWith("hugepages-") || name.startsWith("requests.hugepages-");
}

/** A resource of Kubernetes itself: without a domain, or of its own. */
function isNativeResource(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

/** A resource of somebody else: counted in whole units. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith("requests.")) return false;
  return qualifiedNameErrors(`requests.${name}`).length === 0;
}

/** Whether requests may be below limits. */
export function mayOvercommit(name: string): boolean {
  return isNativeResource(name) && !name.startsWith("hugepages-");
}

/** core `validateResourceName`. */
export function resourceNameErrors(name: string, field: string): readonly FieldError[] {
  const errors = [...invalidEach(field, name, qualifiedNameErrors(name))];
  if (errors.length > 0) return errors;
  if (!name.includes("/") && !STANDARD_RESOURCES.has(name) && !isHugePage(name)) {
    errors.push(invalidValue(field, name, "must be a standard resource type or fully qualified"));
  }
  return errors;
}

/** core `validateContainerResourceName`. */
export function containerResourceNameErrors(name: string, field: string): readonly FieldError[] {
  const errors = [...resourceNameErrors(name, field)];
  if (!name.includes("/")) {
    if (!CONTAINER_RESOURCES.has(name) && !name.startsWith("hugepages-")) {
      errors.push(invalidValue(field, name, "must be a standard resource for containers"));
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalidValue(field, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

/** core `ValidateResourceQuantityValue`. */
export function quantityErrors(name: string, text: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const nanos = nanosOf(text);
  if (nanos < 0n) errors.push(invalidValue(field, text, NOT_NEGATIVE));
  const whole = INTEGER_RESOURCES.has(name) || isExtendedResource(name);
  if (whole && nanos % 1_000_000_000n !== 0n) {
    errors.push(invalidValue(field, text, "must be an integer"));
  }
  return errors;
}

const checked = new WeakMap<object, readonly FieldError[]>();

/** core `validateContainerResourceRequirements`. `names` says which resource names are fine there. */
export function requirementsErrors(
  requirements: ResourceRequirements | undefined,
  path: string,
  names = containerResourceNameErrors,
): readonly FieldError[] {
  if (requirements === undefined) return [];
  const known = checked.get(requirements);
  if (known !== undefined && known.length === 0) return known;
  const errors: FieldError[] = [];
  const limits = requirements.limits ?? {};
  const requests = requirements.requests ?? {};
  for (const name of Object.keys(limits).sort()) {
    const field = `${path}.limits[${name}]`;
    const limit = limits[name] ?? "0";
    errors.push(...names(name, field), ...quantityErrors(name, limit, field));
    errors.push(...hugePageErrors(name, limit, field));
  }
  for (const name of Object.keys(requests).sort()) {
    const field = `${path}.requests[${name}]`;
    const request = requests[name] ?? "0";
    errors.push(...names(name, field), ...quantityErrors(name, request, field));
    errors.push(...requestErrors(name, request, limits[name], path));
    errors.push(...hugePageErrors(name, request, field));
  }
  const all = [...Object.keys(limits), ...Object.keys(requests)];
  if (all.some(isHugePage) && !all.includes("cpu") && !all.includes("memory")) {
    errors.push(forbiddenField(path, "HugePages require cpu or memory"));
  }
  checked.set(requirements, errors);
  return errors;
}

/** Huge pages come whole. */
function hugePageErrors(name: string, text: string, field: string): readonly FieldError[] {
  if (!name.startsWith("hugepages-")) return [];
  const size = nanosOf(name.slice("hugepages-".length));
  if (size > 0n && nanosOf(text) % size === 0n) return [];
  return [invalidValue(field, text, `${text} is not positive integer multiple of ${name}`)];
}

function requestErrors(
  name: string,
  request: string,
  limit: string | undefined,
  path: string,
): readonly FieldError[] {
  const field = `${path}.requests`;
  if (limit === undefined) {
    return mayOvercommit(name)
      ? []
      : [required(`${path}.limits`, "Limit must be set for non overcommitable resources")];
  }
  const difference = nanosOf(request) - nanosOf(limit);
  if (difference !== 0n && !mayOvercommit(name)) {
    return [invalidValue(field, request, `must be equal to ${name} limit of ${limit}`)];
  }
  if (difference > 0n) {
    const why = `must be less than or equal to ${name} limit of ${limit}`;
    return [invalidValue(field, request, why)];
  }
  return [];
}
