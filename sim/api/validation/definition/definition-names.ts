import type { CustomResourceDefinitionNames } from "../../types.gen.ts";
import { type FieldError, invalidValue, required } from "../field-error.ts";
import { dns1035Errors } from "../names.ts";

const REQUIRED = ["plural", "singular", "kind", "listKind"] as const;

/** Names that a definition must say. */
export function requiredNameErrors(names: CustomResourceDefinitionNames): readonly FieldError[] {
  return REQUIRED.filter((key) => !names[key]).map((key) => required(`spec.names.${key}`, ""));
}

/** apiextensions `ValidateCustomResourceDefinitionNames`. */
export function nameErrors(
  names: CustomResourceDefinitionNames,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const check = (key: string, name: string, prefix = "", text = name) => {
    const texts = dns1035Errors(text);
    if (name === "" || texts.length === 0) return;
    errors.push(invalidValue(`${path}.${key}`, name, prefix + texts.join(",")));
  };
  check("plural", names.plural ?? "");
  check("singular", names.singular ?? "");
  for (const key of ["kind", "listKind"] as const) {
    const name = names[key] ?? "";
    const prefix = "may have mixed case, but should otherwise match: ";
    check(key, name, prefix, name.toLowerCase());
  }
  const each = (key: "shortNames" | "categories") => {
    (names[key] ?? []).forEach((name, index) => {
      const texts = dns1035Errors(name);
      if (texts.length === 0) return;
      errors.push(invalidValue(`${path}.${key}[${index}]`, name, texts.join(",")));
    });
  };
  each("shortNames");
  if (names.kind && names.kind === names.listKind) {
    const why = "kind and listKind may not be the same";
    errors.push(invalidValue(`${path}.listKind`, names.listKind, why));
  }
  each("categories");
  return errors;
}
