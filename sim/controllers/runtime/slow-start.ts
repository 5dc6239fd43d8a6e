import { ApiError } from "../../api/api-error.ts";

/** Size of the first batch (upstream `SlowStartInitialBatchSize`). */
const FIRST_BATCH = 1;

/**
 * Calls `work` up to `count` times in batches of 1, 2, 4, …; a batch with a failure is the last. So what fails for all
 * is tried few times. Answers how many calls succeeded and the first failure.
 */
export function slowStart(
  count: number,
  work: (at: number) => void,
): { readonly done: number; readonly error: ApiError | undefined } {
  let done = 0;
  let next = 0;
  let error: ApiError | undefined;
  for (let batch = FIRST_BATCH; next < count && error === undefined; batch *= 2) {
    const end = Math.min(next + batch, count);
    for (; next < end; next++) {
      try {
        work(next);
        done++;
      } catch (caught) {
        if (!(caught instanceof ApiError)) throw caught;
        error ??= caught;
      }
    }
  }
  return { done, error };
}

/** Whether a creation failed because its namespace is being deleted: nothing worth telling, and no retry helps. */
export function isNamespaceEnding(error: ApiError): boolean {
  return (
    error.status.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") ?? false
  );
}
