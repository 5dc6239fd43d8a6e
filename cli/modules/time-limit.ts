import { Script } from "node:vm";

/** Real time that one call into a user's module may take, in milliseconds. */
const LIMIT = 10_000;

const slot = globalThis as { ksimCall?: (() => void) | undefined };
const script = new Script("globalThis.ksimCall()");

/** Calls into a user's module; throws when it does not come back, as a loop without end. About 0.1 ms a call. */
export function withinTime<T>(work: () => T, limit: number = LIMIT): T {
  let result: T | undefined;
  const outer = slot.ksimCall;
  slot.ksimCall = () => {
    result = work();
  };
  try {
    script.runInThisContext({ timeout: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new Error(`it did not return within ${limit / 1000} s of real time; does it loop?`);
  } finally {
    slot.ksimCall = outer;
  }
  return result as T;
}
