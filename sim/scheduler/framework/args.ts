import { SchedulerError } from "./error.ts";

/** What arguments carry as any object of a configuration may. */
const TYPE_FIELDS = ["apiVersion", "kind"];

/**
 * Arguments of a plugin, or the part of them at `field`, as a record; throws when they are something else, or have a
 * field that is not `known` (where that is given).
 */
export function argsRecord(
  args: unknown,
  plugin: string,
  known?: readonly string[],
  field = "",
): Readonly<Record<string, unknown>> {
  const place = field === "" ? "args" : `args.${field}`;
  if (args === undefined || args === null) return {};
  if (typeof args !== "object" || Array.isArray(args))
    throw new SchedulerError(`${place}: expected an object, got ${JSON.stringify(args)}`, {
      plugin,
    });
  for (const key of Object.keys(args))
    if (known?.includes(key) === false && !TYPE_FIELDS.includes(key))
      throw new SchedulerError(`${place}: expected one of ${known.join(", ")}, got ${key}`, {
        plugin,
      });
  return args as Readonly<Record<string, unknown>>;
}

/** An integer argument within bounds. */
export function integerArg(
  value: unknown,
  fallback: number,
  bounds: { readonly min: number; readonly max: number },
  place: { readonly plugin: string; readonly field: string },
): number {
  if (value === undefined) return fallback;
  if (
    typeof value !== "number" ||
    !Number.isInteger(value) ||
    value < bounds.min ||
    value > bounds.max
  )
    throw new SchedulerError(
      `args.${place.field}: expected an integer ${bounds.min}..${bounds.max}, got ${JSON.stringify(value)}`,
      { plugin: place.plugin },
    );
  return value;
}

/** A list argument. */
export function listArg<T>(
  value: unknown,
  plugin: string,
  field: string,
): readonly T[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value))
    throw new SchedulerError(`args.${field}: expected a list, got ${JSON.stringify(value)}`, {
      plugin,
    });
  return value as readonly T[];
}

/** One of some words. */
export function wordArg<T extends string>(
  value: unknown,
  words: readonly T[],
  fallback: T,
  place: { readonly plugin: string; readonly field: string },
): T {
  if (value === undefined) return fallback;
  const known = words.find((word) => word === value);
  if (known === undefined)
    throw new SchedulerError(
      `args.${place.field}: expected ${words.join(" or ")}, got ${JSON.stringify(value)}`,
      { plugin: place.plugin },
    );
  return known;
}
