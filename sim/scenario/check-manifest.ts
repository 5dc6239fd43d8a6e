import { ApiError } from "../api/api-error.ts";
import { descriptorByApiVersion, kindDescriptors } from "../api/kinds/registry.ts";
import { optInDescriptor } from "../api/kinds/scheduling-groups.ts";
import { decodeObject } from "../api/kinds/strategy.ts";
import { parseQuantity } from "../api/meta/quantity.ts";
import { fieldsAt } from "../api/schema/fields-at.ts";
import { fieldPath, type LoadedManifest } from "./manifest.ts";
import type { Path, Problem } from "./problem.ts";
import { suggestion } from "./schema/check.ts";
import { nearest } from "./schema/distance.ts";
import { meantValue } from "./schema/meant-value.ts";

/**
 * Checks a manifest as the API server will read it: types, unknown fields, quantities. Kinds that are not built in
 * are taken as they are; a definition may bring them.
 */
export function checkManifest({ object, document, path }: LoadedManifest): readonly Problem[] {
  const problem = (at: Path, message: string, hint?: string, key = false): Problem => {
    const place = [...path, ...at];
    return document.source.problem(document.locate(place, key), place, message, hint);
  };
  const { apiVersion, kind } = object;
  const descriptor = descriptorByApiVersion(apiVersion, kind) ?? optInDescriptor(apiVersion, kind);
  if (descriptor === undefined) return unknownKind(object, problem);
  const quantities = badQuantities(object, []).map(([at, value]) =>
    problem(
      at,
      `expected a quantity like "500m" or 4Gi, got ${JSON.stringify(value)}`,
      meantValue("a quantity", value),
    ),
  );
  if (quantities.length > 0) return quantities;
  try {
    const slash = apiVersion.indexOf("/");
    const served = {
      group: slash < 0 ? "" : apiVersion.slice(0, slash),
      version: apiVersion.slice(slash + 1),
    };
    const { strictErrors } = decodeObject(descriptor, served, object);
    return strictErrors.map((error) => {
      const at = fieldPath(/"(.*)"$/.exec(error)?.[1] ?? "");
      const known = fieldsAt(descriptor.type ?? "", at.slice(0, -1));
      return problem(at, error, suggestion(String(at.at(-1)), known), true);
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [problem([], error.message)];
  }
}

type Report = (at: Path, message: string, hint?: string) => Problem;

/** A kind of a group that Kubernetes has must exist; any other may be custom. */
function unknownKind(
  { apiVersion, kind }: LoadedManifest["object"],
  problem: Report,
): readonly Problem[] {
  const builtInGroup =
    !apiVersion.includes(".") || apiVersion.split("/")[0]?.endsWith(".k8s.io") === true;
  if (!builtInGroup || apiVersion.startsWith("ksim.dev/")) return [];
  const near = nearest(
    kind,
    kindDescriptors.map((descriptor) => descriptor.kind),
  );
  const same = kindDescriptors.find((descriptor) => descriptor.kind === near);
  const hint =
    same === undefined
      ? undefined
      : `Did you mean ${same.kind} in ${same.group === "" ? "" : `${same.group}/`}${same.version}?`;
  return [problem(["kind"], `no matches for kind "${kind}" in version "${apiVersion}"`, hint)];
}

const QUANTITY_MAPS = new Set(["requests", "limits", "capacity", "allocatable", "hard"]);

function badQuantities(value: unknown, path: Path): (readonly [Path, unknown])[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => badQuantities(item, [...path, at]));
  if (value === null || typeof value !== "object") return [];
  const holdsQuantities = QUANTITY_MAPS.has(String(path.at(-1)));
  return Object.entries(value).flatMap(([key, item]) => {
    const at = [...path, key];
    if (!holdsQuantities || (typeof item !== "string" && typeof item !== "number"))
      return badQuantities(item, at);
    return parseQuantity(item) === undefined ? [[at, item] as const] : [];
  });
}
