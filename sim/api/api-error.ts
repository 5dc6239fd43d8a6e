import { kindName, resourceName } from "./kinds/descriptor.ts";
import type { KindNames, ResourceNames, Status, StatusCause, StatusDetails } from "./status.ts";
import type { FieldError } from "./validation/field-error.ts";

/** What a conflict says when the resourceVersion is not the newest. */
export const OPTIMISTIC_LOCK =
  "the object has been modified; please apply your changes to the latest version and try again";

/** Why a request failed, as the API answers it. Controllers back off on it; any other throw stops the run. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status code. */
  readonly code: number;
  /** metav1.StatusReason, empty for an unknown one. */
  readonly reason: string;
  readonly status: Status;
  /** When to come back, for the Retry-After header. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = details?.retryAfterSeconds;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }

  /** Whether something thrown is an ApiError, of the given reason when one is named. */
  static is(error: unknown, reason?: string): error is ApiError {
    return error instanceof ApiError && (reason === undefined || error.reason === reason);
  }

  /** 404 of an object. */
  static notFound(of: ResourceNames, name: string): ApiError {
    const message = `${resourceName(of)} ${quote(name)} not found`;
    return new ApiError(404, "NotFound", message, resourceDetails(of, name));
  }

  /** 404 of a path that no resource is behind. */
  static unknownResource(): ApiError {
    return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
  }

  /** 409 of a create whose name is taken. */
  static alreadyExists(of: ResourceNames, name: string): ApiError {
    const message = `${resourceName(of)} ${quote(name)} already exists`;
    return new ApiError(409, "AlreadyExists", message, resourceDetails(of, name));
  }

  /** 409 of an update. */
  static conflict(
    of: ResourceNames,
    name: string,
    why: string = OPTIMISTIC_LOCK,
    causes?: readonly StatusCause[],
  ): ApiError {
    const message = `Operation cannot be fulfilled on ${resourceName(of)} ${quote(name)}: ${why}`;
    const more = causes === undefined ? {} : { causes };
    return new ApiError(409, "Conflict", message, resourceDetails(of, name, more));
  }

  /** 409 of a delete whose UID precondition does not hold. Upstream names the kind, not the resource. */
  static uidConflict(of: KindNames, name: string, wanted: string, actual: string): ApiError {
    const why = `the UID in the precondition (${wanted}) does not match the UID in record (${actual}). The object might have been deleted and then recreated`;
    return ApiError.conflict({ group: of.group, plural: of.kind }, name, why);
  }

  /** 409 of a delete whose resourceVersion precondition does not hold. */
  static revisionConflict(of: KindNames, name: string, wanted: string, actual: string): ApiError {
    const why = `the ResourceVersion in the precondition (${wanted}) does not match the ResourceVersion in record (${actual}). The object might have been modified`;
    return ApiError.conflict({ group: of.group, plural: of.kind }, name, why);
  }

  /** 409 of an update that names another UID; `storageKey` is the path behind `/registry`. */
  static staleUid(
    of: ResourceNames,
    name: string,
    storageKey: string,
    sent: string,
    actual: string,
  ): ApiError {
    const why = `StorageError: invalid object, Code: 4, Key: /registry/${storageKey}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${sent}, UID in object meta: ${actual}`;
    return ApiError.conflict(of, name, why);
  }

  /** 403; admission plugins and authorization answer it. */
  static forbidden(
    of: ResourceNames,
    name: string,
    why: string,
    causes?: readonly StatusCause[],
  ): ApiError {
    const subject = name === "" ? resourceName(of) : `${resourceName(of)} ${quote(name)}`;
    const more = causes === undefined ? {} : { causes };
    const details = resourceDetails(of, name, more);
    return new ApiError(403, "Forbidden", `${subject} is forbidden: ${why}`, details);
  }

  /** 400 of a request that cannot be understood. */
  static badRequest(message: string): ApiError {
    return new ApiError(400, "BadRequest", message);
  }

  /** 422 of field errors. The message repeats no text twice, the causes list every error. */
  static invalid(of: KindNames, name: string, errors: readonly FieldError[]): ApiError {
    const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
    const all = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
    const causes = errors.map(({ type, field, message }) => ({ reason: type, message, field }));
    const message = `${kindName(of)} ${quote(name)} is invalid${errors.length === 0 ? "" : `: ${all}`}`;
    return new ApiError(422, "Invalid", message, {
      ...(name === "" ? {} : { name }),
      ...(of.group === "" ? {} : { group: of.group }),
      kind: of.kind,
      ...(causes.length === 0 ? {} : { causes }),
    });
  }

  /** 405 of a verb that the resource does not have. */
  static methodNotSupported(of: ResourceNames, action: string): ApiError {
    const message = `${action} is not supported on resources of kind ${quote(resourceName(of))}`;
    return new ApiError(405, "MethodNotAllowed", message, resourceDetails(of, ""));
  }

  /** 405 of a verb on a path that does not know it. */
  static methodNotAllowed(): ApiError {
    const message = "the server does not allow this method on the requested resource";
    return new ApiError(405, "MethodNotAllowed", message, {});
  }

  /** 410 of a resourceVersion or continue token that is compacted away. */
  static expired(message: string): ApiError {
    return new ApiError(410, "Expired", message);
  }

  /** 410 of something that will not come back. */
  static gone(message: string): ApiError {
    return new ApiError(410, "Gone", message);
  }

  /** 429; upstream's default asks to come back after a second. */
  static tooManyRequests(
    message: string,
    details: StatusDetails = { retryAfterSeconds: 1 },
  ): ApiError {
    return new ApiError(429, "TooManyRequests", message, details);
  }

  /** 500 of a mistake inside. */
  static internal(why: string): ApiError {
    const details = { causes: [{ message: why }] };
    return new ApiError(500, "InternalError", `Internal error occurred: ${why}`, details);
  }

  /** 503 while the server is not there. */
  static unavailable(message: string): ApiError {
    return new ApiError(503, "ServiceUnavailable", message);
  }

  /** 500 of a store that took too long; the client may try again after some seconds. */
  static serverTimeout(of: ResourceNames, operation: string, seconds: number): ApiError {
    const message = `The ${operation} operation against ${resourceName(of)} could not be completed at this time, please try again.`;
    const details = resourceDetails(of, operation, { retryAfterSeconds: seconds });
    return new ApiError(500, "ServerTimeout", message, details);
  }

  /** 504 of a request that ran out of time. */
  static timeout(message: string, details: StatusDetails = {}): ApiError {
    return new ApiError(504, "Timeout", `Timeout: ${message}`, details);
  }

  /** 401 without credentials. */
  static unauthorized(): ApiError {
    return new ApiError(401, "Unauthorized", "Unauthorized");
  }

  /** 406 when no accepted media type can be served. */
  static notAcceptable(message: string): ApiError {
    return new ApiError(406, "NotAcceptable", message);
  }

  /** 415 of a body in a format that is not read here. */
  static unsupportedMediaType(message: string): ApiError {
    return new ApiError(415, "UnsupportedMediaType", message);
  }

  /** 413 of a body that is too large. */
  static requestEntityTooLarge(message: string): ApiError {
    return new ApiError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
  }
}

function quote(name: string): string {
  return JSON.stringify(name);
}

function resourceDetails(
  { group, plural }: ResourceNames,
  name: string,
  more: Partial<StatusDetails> = {},
): StatusDetails {
  return {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind: plural,
    ...more,
  };
}
