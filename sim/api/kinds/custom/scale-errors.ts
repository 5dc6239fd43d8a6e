import type { CustomResourceSubresourceScale } from "../../types.gen.ts";
import { type FieldError, invalidValue } from "../../validation/field-error.ts";

const MAX_INT32 = 2_147_483_647;

/** What keeps the paths of a scale from being read in an object (apiextensions `ValidateScaleSpec`, `ValidateScaleStatus`). */
export function scaleErrors(
  object: unknown,
  scale: CustomResourceSubresourceScale,
): readonly FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const errors = [
    ...countErrors(object, specReplicasPath),
    ...countErrors(object, statusReplicasPath),
  ];
  if (labelSelectorPath === undefined || labelSelectorPath === "") return errors;
  const found = read(object, labelSelectorPath);
  if (found.mistake !== undefined) errors.push(invalidValue(labelSelectorPath, "", found.mistake));
  else if (found.value !== undefined && typeof found.value !== "string")
    errors.push(
      invalidValue(labelSelectorPath, "", accessorText(labelSelectorPath, found.value, "string")),
    );
  return errors;
}

function countErrors(object: unknown, path: string): FieldError[] {
  const { value, mistake } = read(object, path);
  if (mistake !== undefined) return [invalidValue(path, 0, mistake)];
  if (value === undefined) return [];
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return [invalidValue(path, 0, accessorText(path, value, "int64"))];
  }
  if (value < 0) return [invalidValue(path, value, "should be a non-negative integer")];
  if (value <= MAX_INT32) return [];
  return [invalidValue(path, value, `should be less than or equal to ${MAX_INT32}`)];
}

/** What stands at a path of dots; a mistake when the way there is no map. */
function read(
  object: unknown,
  path: string,
): { readonly value?: unknown; readonly mistake?: string } {
  const steps = path.replace(/^\./, "").split(".");
  let value = object;
  for (const [index, step] of steps.entries()) {
    if (value === undefined) return {};
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      const way = `.${steps.slice(0, index + 1).join(".")}`;
      return { mistake: accessorText(way, value, "map[string]interface{}") };
    }
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return { value };
}

/** Go's words of a value of another type than its accessor wants. */
function accessorText(path: string, value: unknown, wanted: string): string {
  const shown = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  const dotted = path.startsWith(".") ? path : `.${path}`;
  return `${dotted} accessor error: ${shown} is of the type ${goType(value)}, expected ${wanted}`;
}

function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return "string";
}
