import { Script } from "node:vm";

const slot = globalThis as { ksimCall?: (() => void) | undefined };
const script = new Script("globalThis.ksimCall()");

/** What ends a call from without: an interrupt of the process, or real time in milliseconds. */
type Stop = { readonly breakOnSigint: true } | { readonly timeout: number };

/**
 * Calls something that may be stopped in the middle: handlers of signals and timers do not get their turn while a
 * simulation runs. Throws node:vm's `ERR_SCRIPT_EXECUTION_…` then. About 0.1 ms a call.
 */
export function stoppable<T>(work: () => T, stop: Stop): T {
  let result: T | undefined;
  const outer = slot.ksimCall;
  slot.ksimCall = () => {
    result = work();
  };
  try {
    script.runInThisContext(stop);
  } finally {
    slot.ksimCall = outer;
  }
  return result as T;
}

/** Whether a call was ended by an interrupt. */
export function isInterrupt(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
}
