import { kindDescriptors } from "../api/kinds/registry.ts";
import type { ControllerEntry } from "./registry.ts";
import type { Controller } from "./runtime/controller.ts";
import { guardOwn, OwnControllerError } from "./runtime/own-controller.ts";
import type { ControllerServices } from "./runtime/services.ts";

/** A controller as an author writes it, or how one is made. */
export type OwnController = Controller | ControllerEntry;

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
/** Parts of a controller that are called, beside `reconcile`. */
const CALLBACKS = ["signals", "concerns", "observe", "writeFailed"] as const;
const LISTS = ["owns", "watches", "reads", "indexes"] as const;

/**
 * The controllers that a user's module exports: `export default` one, or `export const controllers` of several.
 * Throws `RangeError` saying what was expected.
 */
export function controllersFromModule(module: unknown, file: string): readonly ControllerEntry[] {
  const exported = (module ?? {}) as { default?: unknown; controllers?: unknown };
  const several = exported.controllers ?? [];
  if (!Array.isArray(several)) throw new RangeError("controllers: expected a list of controllers");
  const all = [...(exported.default === undefined ? [] : [exported.default].flat()), ...several];
  if (all.length === 0) {
    const names = Object.keys(exported);
    throw new RangeError(
      `expected "export default" a controller or "export const controllers", got ${names.length === 0 ? "no exports" : `exports ${names.join(", ")}`}`,
    );
  }
  return all.map((controller, at) => {
    checkOwn(controller, all.length === 1 ? "controller" : `controllers[${at}]`);
    return { ...entryOf(controller), file };
  });
}

/** How a user's own controller is made; its name is its own. */
export function entryOf(own: OwnController): ControllerEntry {
  if ("make" in own) return own;
  return { name: own.name, default: true, make: () => own };
}

/** Makes a user's own controller, checked and guarded. Throws `OwnControllerError`. */
export function makeOwn(entry: ControllerEntry, services: ControllerServices): Controller {
  try {
    const made = entry.make(services);
    checkController(made as unknown as Readonly<Record<string, unknown>>);
    if (made.name !== entry.name)
      throw new RangeError(`it names itself ${JSON.stringify(made.name)}; both must be the same`);
    return guardOwn(made, entry.file);
  } catch (error) {
    throw new OwnControllerError(entry.file, entry.name, "making it", undefined, error);
  }
}

function checkOwn(value: unknown, place: string): asserts value is OwnController {
  const own = (value ?? {}) as Readonly<Record<string, unknown>>;
  const expected = (what: string): never => {
    const keys = typeof value === "object" ? Object.keys(own).join(", ") : typeof value;
    throw new RangeError(`${place}: expected ${what}, got ${keys === "" ? "nothing" : keys}`);
  };
  if (typeof value !== "object" || value === null) return expected("an object with reconcile");
  const { name } = own;
  if (typeof name !== "string") return expected("name, a text");
  if (!NAME.test(name))
    throw new RangeError(
      `${place}: name: expected lower-case letters, digits, . and -, got ${JSON.stringify(name)}`,
    );
  if ("make" in own) {
    if (typeof own["make"] !== "function") return expected("make, a function");
    if (typeof own["default"] !== "boolean") return expected("default, true or false");
    return;
  }
  try {
    checkController(own);
  } catch (error) {
    throw new RangeError(`controller ${name}: ${(error as Error).message}`);
  }
}

const builtInKinds: ReadonlySet<string> = new Set(kindDescriptors.map(({ kind }) => kind));

/** Checks what types cannot promise of a user's module. Throws `RangeError`. */
function checkController(own: Readonly<Record<string, unknown>>): void {
  checkKind(own["for"], "for");
  const { reconcile } = own;
  if (typeof reconcile !== "function")
    throw new RangeError(`expected reconcile, a function; it has ${Object.keys(own).join(", ")}`);
  if (reconcile.constructor.name !== "Function")
    throw new RangeError(
      'reconcile must be synchronous, not "async" and no generator: reads and writes answer at once',
    );
  for (const key of CALLBACKS)
    if (own[key] !== undefined && typeof own[key] !== "function")
      throw new RangeError(`${key}: expected a function`);
  for (const key of LISTS)
    if (own[key] !== undefined && !Array.isArray(own[key]))
      throw new RangeError(`${key}: expected a list`);
  for (const key of ["owns", "reads"])
    ((own[key] ?? []) as unknown[]).forEach((kind, at) => {
      checkKind(kind, `${key}[${at}]`);
    });
  checkWatches((own["watches"] ?? []) as readonly unknown[]);
}

function checkWatches(watches: readonly unknown[]): void {
  watches.forEach((watch, at) => {
    const { kind, keys } = (watch ?? {}) as { kind?: unknown; keys?: unknown };
    checkKind(kind, `watches[${at}].kind`);
    if (typeof keys !== "function")
      throw new RangeError(`watches[${at}].keys: expected a function that answers keys`);
  });
}

/** A kind is built in, or named with its group: `Website.example.com`. */
function checkKind(kind: unknown, place: string): void {
  if (typeof kind !== "string" || kind === "")
    throw new RangeError(
      `${place}: expected a kind, like "Deployment" or "Website.example.com", got ${JSON.stringify(kind) ?? "nothing"}`,
    );
  if (!builtInKinds.has(kind) && !kind.includes("."))
    throw new RangeError(
      `${place}: unknown kind ${JSON.stringify(kind)}; a custom one is named with its group, like "${kind}.example.com"`,
    );
}
