import * as fc from "fast-check";
import { ApiError } from "../../../sim/api/api-error.ts";

/** The `ApiError` that something throws. */
export function failure(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const key = fc.constantFrom("a", "b", "c", "d/e", "f~g", "__proto__");
/** Any JSON. */
export const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
}));
/** A JSON object. */
export const object = json.object as fc.Arbitrary<Record<string, unknown>>;
