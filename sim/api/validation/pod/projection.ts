import type { DownwardAPIVolumeFile, KeyToPath, VolumeProjection } from "../../types.gen.ts";
import { type FieldError, forbiddenField, invalidValue, required } from "../field-error.ts";
import { freePathErrors } from "../paths.ts";
import { fieldRefErrors, resourceFieldErrors } from "./env.ts";

/** What pods tell of themselves in files. */
const DOWNWARD_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

/** Mode bits of a file. */
export function modeErrors(mode: number | undefined, field: string): readonly FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777)
    ? []
    : [invalidValue(field, mode, "must be a number between 0 and 0777 (octal), both inclusive")];
}

/** Keys of a ConfigMap or Secret as files (core `validateKeyToPath`). */
export function itemErrors(items: readonly KeyToPath[] = [], path: string): readonly FieldError[] {
  return items.flatMap(({ key, path: file = "", mode }, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (!key) errors.push(required(`${at}.key`, ""));
    if (file === "") errors.push(required(`${at}.path`, ""));
    errors.push(...freePathErrors(file, `${at}.path`), ...modeErrors(mode, `${at}.mode`));
    return errors;
  });
}

/** core `validateDownwardAPIVolumeFile`. Upstream names the source, not the item. */
export function downwardFileErrors(
  file: DownwardAPIVolumeFile,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { path: place = "", fieldRef, resourceFieldRef } = file;
  if (place === "") errors.push(required(`${path}.path`, ""));
  errors.push(...freePathErrors(place, `${path}.path`));
  if (fieldRef !== undefined) {
    errors.push(...fieldRefErrors(fieldRef, `${path}.fieldRef`, DOWNWARD_FIELDS));
    if (resourceFieldRef !== undefined) {
      const why = "fieldRef and resourceFieldRef can not be specified simultaneously";
      errors.push(invalidValue(path, "resource", why));
    }
  } else if (resourceFieldRef !== undefined) {
    errors.push(...resourceFieldErrors(resourceFieldRef, `${path}.resourceFieldRef`, true));
  } else errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  return [...errors, ...modeErrors(file.mode, `${path}.mode`)];
}

/** core `validateProjectionSources`: several sources in one volume, none of which writes another's file. */
export function projectionErrors(
  sources: readonly VolumeProjection[],
  path: string,
): readonly FieldError[] {
  const taken = new Set<string>();
  return sources.flatMap((source, index) => {
    const at = `${path}.sources[${index}]`;
    const errors: FieldError[] = [];
    const take = (file: string | undefined, shown: string | undefined) => {
      if (!file) return;
      if (taken.has(file)) errors.push(invalidValue(path, shown, "conflicting duplicate paths"));
      taken.add(file);
    };
    for (const key of ["secret", "configMap"] as const) {
      const part = source[key];
      if (part === undefined) continue;
      if (!part.name) errors.push(required(`${at}.${key}.name`, ""));
      (part.items ?? []).forEach((item, nth) => {
        errors.push(...itemErrorsAt(item, `${at}.${key}.items[${nth}]`));
        take(item.path, part.name ?? "");
      });
    }
    for (const file of source.downwardAPI?.items ?? []) {
      errors.push(...downwardFileErrors(file, `${at}.downwardAPI`));
      take(file.path, file.path);
    }
    errors.push(...tokenErrors(source.serviceAccountToken, at, path));
    if (Object.keys(source).length > 1) {
      errors.push(forbiddenField(at, "may not specify more than 1 volume type per source"));
    }
    return errors;
  });
}

function itemErrorsAt(item: KeyToPath, at: string): readonly FieldError[] {
  return itemErrors([item], "").map((error) => ({ ...error, field: at + error.field.slice(3) }));
}

/** Longest life of a token, in seconds. */
const TOKEN_LIMIT = 4_294_967_296;

/** Upstream looks for the token's path beside the sources. */
function tokenErrors(
  token: VolumeProjection["serviceAccountToken"],
  at: string,
  path: string,
): readonly FieldError[] {
  if (token === undefined) return [];
  const errors: FieldError[] = [];
  const { expirationSeconds: seconds = 3600, path: file = "" } = token;
  const field = `${at}.serviceAccountToken.expirationSeconds`;
  if (seconds < 600) {
    errors.push(invalidValue(field, seconds, "may not specify a duration less than 10 minutes"));
  }
  if (seconds > TOKEN_LIMIT) {
    const why = "may not specify a duration larger than 2^32 seconds";
    errors.push(invalidValue(field, seconds, why));
  }
  if (file === "") errors.push(required(`${path}.path`, ""));
  else errors.push(...freePathErrors(file, `${path}.path`));
  return errors;
}
