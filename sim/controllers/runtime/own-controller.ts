import { ApiError } from "../../api/api-error.ts";
import type { Key } from "../../api/object.ts";
import type { Micros } from "../../engine/time.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "./controller.ts";
import { Crash } from "./crash.ts";

/** A user's own controller broke: names its file, the controller and the key. The run stops with it. */
export class OwnControllerError extends Error {
  override readonly name = "OwnControllerError";
  readonly controller: string;
  readonly key: Key | undefined;
  readonly file: string | undefined;

  constructor(
    file: string | undefined,
    controller: string,
    doing: string,
    key: Key | undefined,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const of = key === undefined ? "" : ` of ${JSON.stringify(key)}`;
    super(
      `${file === undefined ? "" : `${file}: `}controller ${controller}: ${doing}${of}: ${reason}`,
      { cause },
    );
    this.controller = controller;
    this.key = key;
    this.file = file;
  }
}

/** Reconciles of one key in one instant beyond which a controller is taken to chase its own changes for ever. */
const MOST_AT_ONCE = 1000;

/**
 * A user's controller in a guard: what it throws, other than an `ApiError`, names file, controller and key; a promise
 * and a senseless `requeueAfter` are refused; one that never lets time pass is stopped.
 */
export function guardOwn(controller: Controller, file: string | undefined): Controller {
  const attempt = <T>(doing: string, key: Key | undefined, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof ApiError || error instanceof Crash) throw error;
      throw new OwnControllerError(file, controller.name, doing, key, error);
    }
  };
  let now: Micros = -1;
  const atOnce = new Map<Key, number>();
  const reconcile = (key: Key, context: ReconcileContext): ReconcileResult =>
    attempt("reconcile", key, () => {
      if (context.now !== now) atOnce.clear();
      now = context.now;
      const times = (atOnce.get(key) ?? 0) + 1;
      atOnce.set(key, times);
      if (times > MOST_AT_ONCE)
        throw new Error(
          `called ${MOST_AT_ONCE} times at one instant; does it change what it watches every time?`,
        );
      return checked(controller.reconcile(key, context));
    });
  return {
    ...controller,
    name: controller.name,
    for: controller.for,
    reconcile,
    ...guardedWatches(controller, attempt),
    ...guardedCallbacks(controller, attempt),
  };
}

/** Runs an author's code; says what it was doing when it throws. */
type Attempt = <T>(doing: string, key: Key | undefined, work: () => T) => T;

function guardedWatches({ watches, everyKind }: Controller, attempt: Attempt): Partial<Controller> {
  const guarded: { -readonly [K in keyof Controller]?: Controller[K] } = {};
  if (watches !== undefined)
    guarded.watches = watches.map((watch) => ({
      ...watch,
      keys: (...change) =>
        attempt(`watch on ${watch.kind}`, undefined, () => [...watch.keys(...change)]),
    }));
  if (everyKind !== undefined)
    guarded.everyKind = {
      ...everyKind,
      keys: (...change) => attempt("everyKind", undefined, () => [...everyKind.keys(...change)]),
    };
  return guarded;
}

function guardedCallbacks(controller: Controller, attempt: Attempt): Partial<Controller> {
  const { concerns, observe, writeFailed } = controller;
  const guarded: { -readonly [K in keyof Controller]?: Controller[K] } = {};
  if (concerns !== undefined)
    guarded.concerns = (...change) =>
      attempt("concerns", undefined, () => concerns.apply(controller, change));
  if (observe !== undefined)
    guarded.observe = (...change) =>
      attempt("observe", undefined, () => observe.apply(controller, change));
  if (writeFailed !== undefined)
    guarded.writeFailed = (write, memory) =>
      attempt("writeFailed", write.owner, () => writeFailed.call(controller, write, memory));
  return guarded;
}

/** What a reconcile may answer. Throws for anything else: types do not hold in a JavaScript module. */
function checked(result: unknown): ReconcileResult {
  if (result === undefined) return undefined;
  if (typeof (result as { then?: unknown } | null)?.then === "function")
    throw new Error(
      "it returned a promise; reconcile must be synchronous: reads and writes answer at once",
    );
  const { requeueAfter } = (result ?? {}) as { requeueAfter?: unknown };
  if (typeof requeueAfter !== "number" || !(requeueAfter > 0) || !Number.isFinite(requeueAfter))
    throw new Error(
      `expected nothing or {requeueAfter: microseconds above 0}, got ${textOf(result)}`,
    );
  return { requeueAfter: Math.ceil(requeueAfter) };
}

function textOf(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  const parts = Object.entries(value).map(([key, part]) => `${key}: ${String(part)}`);
  return `{${parts.join(", ")}}`;
}
