import { ApiError } from "../api-error.ts";

/** 400 of a patch that cannot be read. */
export function badPatch(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

/** 422 of a patch that cannot be applied to this object; upstream tells no more. */
export function unprocessablePatch(): ApiError {
  const message = "the server rejected our request due to an error in our request";
  return new ApiError(422, "Invalid", message, {});
}

/** 500 of an error that upstream did not foresee as the client's. */
export function patchFailure(message: string): ApiError {
  return new ApiError(500, "", message);
}
