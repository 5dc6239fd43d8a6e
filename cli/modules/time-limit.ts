import { stoppable } from "../stoppable.ts";

/** Real time that one call into a user's module may take, in milliseconds. */
const LIMIT = 10_000;

/** Calls into a user's module; throws when it does not come back, as a loop without end. */
export function withinTime<T>(work: () => T, limit: number = LIMIT): T {
  try {
    return stoppable(work, { timeout: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new Error(`it did not return within ${limit / 1000} s of real time; does it loop?`);
  }
}
