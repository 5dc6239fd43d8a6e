import { badRequest } from "../api-error.ts";
import { readField } from "../kinds/fields.ts";
import type { KubeObject } from "../object.ts";
import type { Resource } from "./resource.ts";

/** Whether an object is selected. */
export type Selects = (object: KubeObject) => boolean;

interface Term {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** Parts a selector at commas that no backslash escapes. */
function parts(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === ",") {
      found.push(text.slice(start, at));
      start = at + 1;
    }
  }
  found.push(text.slice(start));
  return found.filter((part) => part !== "");
}

function readTerm(text: string, part: string): Term {
  for (let at = 0; at < part.length; at++) {
    const sign = part.startsWith("!=", at)
      ? "!="
      : part.startsWith("==", at)
        ? "=="
        : part[at] === "="
          ? "="
          : undefined;
    if (sign === undefined) continue;
    const value = unescaped(part.slice(at + sign.length));
    return { field: part.slice(0, at), equal: sign !== "!=", value };
  }
  throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
}

/** A value without the backslashes before what they may escape. Throws 400 for others, and for `=` without one. */
function unescaped(value: string): string {
  return value.replace(/\\.?|=/gsu, (found) => {
    // Go prints the character as its number.
    if (found === "=") throw badRequest(`${MISTAKE}: unescaped character in value: 61`);
    if (/^\\[\\,=]$/.test(found)) return found.slice(1);
    throw badRequest(`${MISTAKE}: invalid escape sequence: ${found}`);
  });
}

const MISTAKE = "invalid field selector";

/** Kinds whose field labels upstream converts by a rule of their own, with its refusal. */
function unsupported(resource: Resource, field: string): string {
  const { descriptor } = resource;
  const quoted = JSON.stringify(field);
  if (resource.custom !== undefined) return `field label not supported: ${field}`;
  switch (descriptor.kind) {
    case "Job":
      return `field label ${quoted} not supported for Job`;
    case "ReplicaSet":
      return `field label ${quoted} not supported for appsv1.ReplicaSet`;
    case "CertificateSigningRequest":
      return `field label not supported: ${field}`;
    default:
      if (Object.keys(descriptor.selectableFields).length > 0)
        return `field label not supported: ${field}`;
      return `${quoted} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  }
}

function reader(resource: Resource, field: string): (object: KubeObject) => string {
  if (field === "metadata.name") return (object) => object.metadata.name;
  if (field === "metadata.namespace" && resource.descriptor.namespaced)
    return (object) => object.metadata.namespace ?? "";
  const read = resource.descriptor.selectableFields[field] ?? customField(resource, field);
  if (read === undefined) throw badRequest(unsupported(resource, field));
  return read;
}

/** A field that the definition of a custom resource makes selectable. */
function customField({ custom }: Resource, field: string) {
  const declared = custom?.selectableFields?.some(({ jsonPath }) => jsonPath === `.${field}`);
  return declared === true ? readField(field) : undefined;
}

/** A field selector's text as a test; undefined for one that lets everything through. Throws `ApiError` 400. */
export function readFieldSelector(
  resource: Resource,
  text: string | undefined,
): Selects | undefined {
  if (text === undefined || text === "") return undefined;
  const tests = parts(text)
    .map((part) => readTerm(text, part))
    .map(({ field, equal, value }): Selects => {
      const read = reader(resource, field);
      return (object) => (read(object) === value) === equal;
    });
  if (tests.length === 0) return undefined;
  return (object) => tests.every((test) => test(object));
}

/** The name that a selector of the form `metadata.name=x` pins; undefined otherwise. */
export function selectedName(text: string | undefined): string | undefined {
  const match = text === undefined ? null : /^metadata\.name==?([^,=!]+)$/.exec(text);
  return match?.[1];
}
