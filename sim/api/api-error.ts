import { kindName, resourceName } from "./kinds/error-names.ts";
import type { FieldError } from "./validation/field-error.ts";

/** One reason behind a failed request. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** metav1.StatusDetails. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** metav1.Status: the body of every failed answer. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Failure" | "Success";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** What an error needs to know of a resource. */
export interface ResourceNames {
  readonly group: string;
  readonly plural: string;
}

/** What an error needs to know of a kind. */
export interface KindNames {
  readonly group: string;
  readonly kind: string;
}

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
}

/** Whether something thrown is an ApiError, of the given reason when one is named. */
export function isApiError(error: unknown, reason?: string): error is ApiError {
  return error instanceof ApiError && (reason === undefined || error.reason === reason);
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

/** 404 of an object. */
export function notFound(of: ResourceNames, name: string): ApiError {
  const message = `${resourceName(of)} ${JSON.stringify(name)} not found`;
  return new ApiError(404, "NotFound", message, resourceDetails(of, name));
}

/** 404 of a path that no resource is behind. */
export function noSuchResource(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

/** 409 of a create whose name is taken. */
export function alreadyExists(of: ResourceNames, name: string): ApiError {
  const message = `${resourceName(of)} ${JSON.stringify(name)} already exists`;
  return new ApiError(409, "AlreadyExists", message, resourceDetails(of, name));
}

/** What a conflict says when the resourceVersion is not the newest. */
const OPTIMISTIC_LOCK =
  "the object has been modified; please apply your changes to the latest version and try again";

/** 409 of an update. */
export function conflict(
  of: ResourceNames,
  name: string,
  why = OPTIMISTIC_LOCK,
  causes?: readonly StatusCause[],
): ApiError {
  const message = `Operation cannot be fulfilled on ${resourceName(of)} ${JSON.stringify(name)}: ${why}`;
  const more = causes === undefined ? {} : { causes };
  return new ApiError(409, "Conflict", message, resourceDetails(of, name, more));
}

/** Why a delete conflicts whose UID precondition does not hold. Upstream names the kind there: pass `asKind(descriptor)`. */
export function uidMismatch(wanted: string, actual: string): string {
  return `the UID in the precondition (${wanted}) does not match the UID in record (${actual}). The object might have been deleted and then recreated`;
}

/** Why a delete conflicts whose resourceVersion precondition does not hold. */
export function revisionMismatch(wanted: string, actual: string): string {
  return `the ResourceVersion in the precondition (${wanted}) does not match the ResourceVersion in record (${actual}). The object might have been modified`;
}

/** Why an update conflicts that names another UID; `storageKey` is the path behind `/registry/`. */
export function staleUid(storageKey: string, sent: string, actual: string): string {
  return `StorageError: invalid object, Code: 4, Key: /registry/${storageKey}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${sent}, UID in object meta: ${actual}`;
}

/** The kind where messages usually name the resource: `Deployment.apps "x"`. */
export function asKind({ group, kind }: KindNames): ResourceNames {
  return { group, plural: kind };
}

/** 403; admission plugins and authorization answer it. */
export function forbidden(
  of: ResourceNames,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): ApiError {
  const subject = name === "" ? resourceName(of) : `${resourceName(of)} ${JSON.stringify(name)}`;
  const more = causes === undefined ? {} : { causes };
  const details = resourceDetails(of, name, more);
  return new ApiError(403, "Forbidden", `${subject} is forbidden: ${why}`, details);
}

/** 400 of a request that cannot be understood. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

/** 422 of field errors. The message repeats no text twice, the causes list every error. */
export function invalid(of: KindNames, name: string, errors: readonly FieldError[]): ApiError {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const all = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  const causes = errors.map(({ type, field, message }) => ({ reason: type, message, field }));
  const message = `${kindName(of)} ${JSON.stringify(name)} is invalid${errors.length === 0 ? "" : `: ${all}`}`;
  return new ApiError(422, "Invalid", message, {
    ...(name === "" ? {} : { name }),
    ...(of.group === "" ? {} : { group: of.group }),
    kind: of.kind,
    ...(causes.length === 0 ? {} : { causes }),
  });
}

/** 405 of a verb on a path that does not know it. */
export function methodNotAllowed(): ApiError {
  const message = "the server does not allow this method on the requested resource";
  return new ApiError(405, "MethodNotAllowed", message, {});
}

/** 405 of a verb that a resource does not take for now. */
export function notAllowedNow(of: ResourceNames, message: string): ApiError {
  return new ApiError(405, "MethodNotAllowed", message, resourceDetails(of, ""));
}

/** 410 of a resourceVersion or continue token that is compacted away. */
export function expired(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}

/** 410 of something that will not come back. */
export function gone(message: string): ApiError {
  return new ApiError(410, "Gone", message);
}

/** 429; upstream's default asks to come back after a second. */
export function tooManyRequests(
  message: string,
  details: StatusDetails = { retryAfterSeconds: 1 },
): ApiError {
  return new ApiError(429, "TooManyRequests", message, details);
}

/** 500 of a mistake inside. */
export function internalError(why: string): ApiError {
  const details = { causes: [{ message: why }] };
  return new ApiError(500, "InternalError", `Internal error occurred: ${why}`, details);
}

/** 503 while the server is not there. */
export function unavailable(message: string): ApiError {
  return new ApiError(503, "ServiceUnavailable", message);
}

/** 504 of a request that ran out of time. */
export function timeout(message: string, details: StatusDetails = {}): ApiError {
  return new ApiError(504, "Timeout", `Timeout: ${message}`, details);
}

/** 401 without credentials. */
export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}

/** 406 when no accepted media type can be served. */
export function notAcceptable(message: string): ApiError {
  return new ApiError(406, "NotAcceptable", message, {});
}

/** 415 of a body in a format that is not read here. */
export function unsupportedMediaType(message: string): ApiError {
  return new ApiError(415, "UnsupportedMediaType", message);
}

/** 413 of a body that is too large. */
export function requestEntityTooLarge(message: string): ApiError {
  return new ApiError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
}
