import { sameValue } from "../../kinds/same-value.ts";
import type { Node, Taint } from "../../types.gen.ts";
import { duplicate, type FieldError, forbiddenField, invalidValue } from "../field-error.ts";
import { goValue } from "../go-value.ts";
import { invalidEach } from "../meta.ts";
import { labelValueErrors, qualifiedNameErrors } from "../names.ts";
import { cidrErrors } from "../network/ip-errors.ts";
import { effectErrors } from "../pod/scheduling.ts";
import { quantityErrors } from "../resources.ts";

/** core `ValidateNode`, without metadata. */
export function nodeErrors(node: Node): readonly FieldError[] {
  return [
    ...taintErrors(node.spec?.taints),
    ...resourceErrors(node),
    ...rangeErrors(node.spec?.podCIDRs),
  ];
}

function taintErrors(taints: readonly Taint[] = []): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  taints.forEach((taint, index) => {
    const at = `metadata.taints[${index}]`;
    const { key, value = "", effect = "" } = taint;
    errors.push(...invalidEach(`${at}.key`, key, qualifiedNameErrors(key)));
    const texts = labelValueErrors(value);
    if (texts.length > 0) errors.push(invalidValue(`${at}.value`, value, texts.join(";")));
    errors.push(...effectErrors(effect, `${at}.effect`));
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      const shown = goValue("Taint", taint);
      const message = `Duplicate value: ${shown}: taints must be unique by key and effect pair`;
      errors.push({ type: "FieldValueDuplicate", field: at, message });
    }
    seen.add(pair);
  });
  return errors;
}

function resourceErrors({ status = {} }: Node): readonly FieldError[] {
  return (["capacity", "allocatable"] as const).flatMap((key) => {
    const list = status[key] ?? {};
    return Object.keys(list)
      .sort()
      .flatMap((name) => quantityErrors(name, list[name] ?? "0", `status.${key}.${name}`));
  });
}

function rangeErrors(ranges: readonly string[] = []): readonly FieldError[] {
  const path = "spec.podCIDRs";
  const errors = ranges.flatMap((range, index) => cidrErrors(range, `${path}[${index}]`));
  if (ranges.length < 2) return errors;
  const families = new Set(ranges.map((range) => range.includes(":")));
  if (ranges.length === 2 && families.size === 2) return errors;
  const why = "may specify no more than one CIDR for each IP family";
  return [...errors, invalidValue(path, ranges, why)];
}

/** core `ValidateNodeUpdate`: what a node is once it has said so. Its status is looked at too. */
export function nodeUpdateErrors(next: Node, before: Node): readonly FieldError[] {
  const errors: FieldError[] = [...resourceErrors(next)];
  const addresses = new Set<string>();
  next.status?.addresses?.forEach(({ type, address }, index) => {
    const key = `${type}/${address}`;
    const field = `status.addresses[${index}]`;
    if (addresses.has(key)) errors.push(duplicate(field, { Type: type, Address: address }));
    addresses.add(key);
  });
  const { podCIDRs = [], providerID } = before.spec ?? {};
  if (podCIDRs.length > 0) {
    const now = next.spec?.podCIDRs ?? [];
    const changes =
      now.length === podCIDRs.length
        ? podCIDRs.filter((range, index) => range !== now[index]).length
        : 1;
    const why = 'node updates may not change podCIDR except from "" to valid';
    for (let nth = 0; nth < changes; nth++) errors.push(forbiddenField("spec.podCIDRs", why));
  }
  if (providerID && next.spec?.providerID !== providerID) {
    const why = 'node updates may not change providerID except from "" to valid';
    errors.push(forbiddenField("spec.providerID", why));
  }
  errors.push(...taintErrors(next.spec?.taints));
  if (!sameValue(next.spec?.externalID || undefined, before.spec?.externalID || undefined)) {
    errors.push(forbiddenField("spec.externalID", "may not be updated"));
  }
  return errors;
}
