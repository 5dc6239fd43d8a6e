import { ApiError, badRequest, invalid } from "../api-error.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../validation/field-error.ts";
import { type FieldValidation, mediaType, parseBody } from "./body.ts";
import { parameter, type Query, type RestRequest } from "./request.ts";

const META = "meta.k8s.io";

function refuseOptions(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: META, kind }, "", errors);
}

/** Options of create, update and patch. */
export interface WriteQuery {
  readonly dryRun: boolean;
  readonly validation: FieldValidation;
  readonly fieldManager: string | undefined;
  readonly force: boolean;
}

/** Reads and checks the options of a write; `kind` is upstream's name of the options. */
export function readWriteOptions(
  query: Query,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  apply = false,
): WriteQuery {
  const dryRun = query.get("dryRun") ?? [];
  const validation = parameter(query, "fieldValidation") ?? "";
  const fieldManager = parameter(query, "fieldManager");
  const force = readBoolean(query, "force");
  const errors: FieldError[] = [];
  if (kind === "PatchOptions" && !apply && query.has("force"))
    errors.push(forbiddenField("force", "may not be specified for non-apply patch"));
  if (apply && (fieldManager ?? "") === "")
    errors.push(required("fieldManager", "is required for apply patch"));
  errors.push(...managerErrors(fieldManager), ...dryRunErrors(dryRun));
  if (validation !== "" && !isValidation(validation))
    errors.push(notSupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  refuseOptions(kind, errors);
  return {
    dryRun: dryRun.length > 0,
    validation: isValidation(validation) ? validation : "Warn",
    fieldManager,
    force,
  };
}

function isValidation(text: string): text is FieldValidation {
  return text === "Strict" || text === "Warn" || text === "Ignore";
}

function dryRunErrors(values: readonly string[]): readonly FieldError[] {
  return values.length > 0 && values.some((value) => value !== "All")
    ? [notSupported("dryRun", values, ["All"])]
    : [];
}

/** Names of managers may have 128 printable bytes. */
function managerErrors(manager: string | undefined): readonly FieldError[] {
  if (manager === undefined) return [];
  const errors: FieldError[] = [];
  if (manager.length > 128)
    errors.push({
      type: "FieldValueTooLong",
      field: "fieldManager",
      message: "Too long: may not be more than 128 bytes",
    });
  for (const character of manager) {
    if (character >= " " && character !== "\u007f") continue;
    errors.push(
      invalidValue(
        "fieldManager",
        manager,
        "fieldManager should only contain printable characters",
      ),
    );
    break;
  }
  return errors;
}

/** A boolean parameter as Go reads it: present and neither `0` nor `false`. */
export function readBoolean(query: Query, name: string): boolean {
  const value = parameter(query, name);
  return value !== undefined && value !== "0" && value.toLowerCase() !== "false";
}

/** What a request to delete asks for. */
export interface DeleteQuery {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

const policies: readonly string[] = ["Foreground", "Background", "Orphan"];

/** Reads DeleteOptions from the body, or else from the query, and checks them. */
export function readDeleteOptions(request: RestRequest, query: Query): DeleteQuery {
  const raw = hasBody(request) ? readDeleteBody(request) : deleteQuery(query);
  const errors: FieldError[] = [];
  const { orphanDependents, propagationPolicy, gracePeriodSeconds, dryRun } = raw;
  if (propagationPolicy !== undefined && orphanDependents !== undefined)
    errors.push(
      invalidValue(
        "propagationPolicy",
        propagationPolicy,
        "orphanDependents and deletionPropagation cannot be both set",
      ),
    );
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy))
    errors.push(notSupported("propagationPolicy", propagationPolicy, [...policies, "nil"]));
  errors.push(...dryRunErrors(dryRun ?? []));
  refuseOptions("DeleteOptions", errors);
  const policy =
    propagationPolicy ??
    (orphanDependents === undefined ? undefined : orphanDependents ? "Orphan" : "Background");
  return {
    dryRun: (dryRun ?? []).length > 0,
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(policy === undefined
      ? {}
      : { propagationPolicy: policy as NonNullable<DeleteQuery["propagationPolicy"]> }),
    ...(raw.preconditions === undefined ? {} : { preconditions: raw.preconditions }),
  };
}

interface RawDeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly orphanDependents?: boolean;
  readonly propagationPolicy?: string;
  readonly dryRun?: readonly string[];
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

function hasBody({ body }: RestRequest): boolean {
  if (body === undefined || body === null || body === "") return false;
  return !(body instanceof Uint8Array && body.length === 0);
}

/** Group of the kind that a DeleteOptions body may be written in: any version of it. */
function readDeleteBody(request: RestRequest): RawDeleteOptions {
  const target = { kind: "DeleteOptions", group: "", version: "v1", type: "meta.v1.DeleteOptions" };
  const known = [
    ...["", "application/json", "application/yaml"],
    "application/vnd.kubernetes.protobuf",
  ];
  const type = mediaType(request.contentType);
  const { value } = parseBody(request, target, known.includes(type) ? type : "application/json");
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw badRequest("couldn't get version/kind; json parse error");
  const raw = { ...(value as Readonly<Record<string, unknown>>) };
  if (raw["kind"] !== undefined && raw["kind"] !== "DeleteOptions")
    throw badRequest(`decoded object cannot be converted to DeleteOptions`);
  for (const [name, kind] of [
    ["gracePeriodSeconds", "number"],
    ["orphanDependents", "boolean"],
    ["propagationPolicy", "string"],
  ] as const) {
    const found = raw[name];
    if (found === null) delete raw[name];
    else if (found !== undefined && typeof found !== kind) throw mistyped(name, found);
  }
  return raw as RawDeleteOptions;
}

function mistyped(name: string, found: unknown): ApiError {
  const shown = typeof found === "boolean" ? "bool" : typeof found;
  const type =
    { gracePeriodSeconds: "int64", orphanDependents: "bool" }[name] ?? "v1.DeletionPropagation";
  return badRequest(
    `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal ${shown} into Go struct field DeleteOptions.${name} of type ${type}`,
  );
}

function deleteQuery(query: Query): RawDeleteOptions {
  const grace = parameter(query, "gracePeriodSeconds");
  const policy = parameter(query, "propagationPolicy");
  const dryRun = query.get("dryRun");
  if (grace !== undefined && !/^[+-]?\d+$/.test(grace))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(query.has("orphanDependents")
      ? { orphanDependents: readBoolean(query, "orphanDependents") }
      : {}),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

/** What a list or watch asks for, beside its selectors. */
export interface ListQuery {
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  /** Undefined when the request names none. */
  readonly resourceVersion: string | undefined;
  readonly resourceVersionMatch: string | undefined;
  readonly limit: number;
  readonly continueToken: string | undefined;
  readonly watch: boolean;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** Reads and checks ListOptions. Throws `ApiError` 400 or 422. */
export function readListOptions(query: Query, watchPath = false): ListQuery {
  const options: ListQuery = {
    labelSelector: parameter(query, "labelSelector"),
    fieldSelector: parameter(query, "fieldSelector"),
    resourceVersion: parameter(query, "resourceVersion") || undefined,
    resourceVersionMatch: parameter(query, "resourceVersionMatch") || undefined,
    limit: readInteger(query, "limit") ?? 0,
    continueToken: parameter(query, "continue") || undefined,
    watch: watchPath || readBoolean(query, "watch"),
    bookmarks: readBoolean(query, "allowWatchBookmarks"),
    sendInitialEvents: query.has("sendInitialEvents")
      ? readBoolean(query, "sendInitialEvents")
      : undefined,
    timeoutSeconds: readInteger(query, "timeoutSeconds"),
  };
  refuseOptions("ListOptions", options.watch ? watchErrors(options) : listErrors(options));
  return options;
}

function readInteger(query: Query, name: string): number | undefined {
  const text = parameter(query, name);
  if (text === undefined || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const matches: readonly string[] = ["Exact", "NotOlderThan", ""];

function listErrors(options: ListQuery): readonly FieldError[] {
  const { resourceVersion, resourceVersionMatch, continueToken, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined)
    errors.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  if (resourceVersionMatch === undefined) return errors;
  if (resourceVersion === undefined)
    errors.push(
      forbiddenField(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden unless resourceVersion is provided",
      ),
    );
  if (continueToken !== undefined)
    errors.push(
      forbiddenField(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden when continue is provided",
      ),
    );
  if (!matches.includes(resourceVersionMatch))
    errors.push(notSupported("resourceVersionMatch", resourceVersionMatch, matches));
  if (resourceVersionMatch === "Exact" && resourceVersion === "0")
    errors.push(
      forbiddenField(
        "resourceVersionMatch",
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ),
    );
  return errors;
}

function watchErrors(options: ListQuery): readonly FieldError[] {
  const { resourceVersionMatch, sendInitialEvents, continueToken, bookmarks } = options;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined) {
    if (resourceVersionMatch === undefined)
      errors.push(
        forbiddenField(
          "resourceVersionMatch",
          "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
      );
    else if (resourceVersionMatch !== "NotOlderThan")
      errors.push(notSupported("resourceVersionMatch", resourceVersionMatch, ["NotOlderThan"]));
    if (continueToken !== undefined)
      errors.push(
        forbiddenField(
          "resourceVersionMatch",
          "resourceVersionMatch is forbidden when continue is provided",
        ),
      );
    if (sendInitialEvents && !bookmarks)
      errors.push(
        forbiddenField("sendInitialEvents", "sendInitialEvents requires allowWatchBookmarks"),
      );
    return errors.filter(({ field }) => field !== "sendInitialEvents" || !bookmarks).slice(0, 2);
  }
  if (resourceVersionMatch !== undefined)
    errors.push(
      forbiddenField(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      ),
    );
  return errors;
}

/** A revision as a number. Throws 500 for text that is none, as upstream does to this day. */
export function readRevision(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  const range = /^\d+$/.test(text);
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${range ? "value out of range" : "invalid syntax"}`;
  const { field, message } = invalidValue("resourceVersion", text, why);
  throw new ApiError(500, "", `${field}: ${message}`);
}

/** 504 of a revision that is still to come. */
export function tooLargeRevision(wanted: number, current: number): ApiError {
  return new ApiError(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  );
}
