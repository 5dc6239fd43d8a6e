import type {
  FlowcontrolV1Subject,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors } from "../names.ts";

const VERBS = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "proxy",
  "update",
  "watch",
];

/** flowcontrol `ValidateFlowSchemaPolicyRulesWithSubjects`: whose requests a rule is about, and which. */
export function flowRuleErrors(rule: PolicyRulesWithSubjects, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  if (subjects.length === 0) {
    errors.push(required(`${at}.subjects`, "subjects must contain at least one value"));
  }
  subjects.forEach((subject, index) => {
    errors.push(...subjectErrors(subject, `${at}.subjects[${index}]`));
  });
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    const why = "at least one of resourceRules and nonResourceRules has to be non-empty";
    errors.push(required(at, why));
  }
  resourceRules.forEach((one, index) => {
    errors.push(...resourceErrors(one, `${at}.resourceRules[${index}]`));
  });
  nonResourceRules.forEach((one, index) => {
    errors.push(...nonResourceErrors(one, `${at}.nonResourceRules[${index}]`));
  });
  return errors;
}

const SUBJECT_PARTS = [
  ["ServiceAccount", "serviceAccount"],
  ["User", "user"],
  ["Group", "group"],
] as const;

function subjectErrors(subject: FlowcontrolV1Subject, at: string): readonly FieldError[] {
  const own = SUBJECT_PARTS.find(([kind]) => kind === subject.kind);
  if (own === undefined) {
    return [notSupported(`${at}.kind`, subject.kind ?? "", ["Group", "ServiceAccount", "User"])];
  }
  const errors: FieldError[] = [];
  const [kind, key] = own;
  const part = subject[key] as { readonly name?: string; readonly namespace?: string } | undefined;
  if (part === undefined) {
    errors.push(required(`${at}.${key}`, `${key} is required when subject kind is '${kind}'`));
  } else errors.push(...nameErrors(part, kind, `${at}.${key}`));
  for (const [other, name] of SUBJECT_PARTS) {
    if (other === kind || subject[name] === undefined) continue;
    const why = `${name} is forbidden when subject kind is not '${other}'`;
    errors.push(forbiddenField(`${at}.${name}`, why));
  }
  return errors;
}

function nameErrors(
  { name = "", namespace = "" }: { readonly name?: string; readonly namespace?: string },
  kind: string,
  at: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (name === "") errors.push(required(`${at}.name`, ""));
  if (kind !== "ServiceAccount") return errors;
  if (name !== "" && name !== "*") {
    errors.push(...invalidEach(`${at}.name`, name, dnsSubdomainErrors(name)));
  }
  if (namespace === "") {
    errors.push(required(`${at}.namespace`, "must specify namespace for service account"));
  } else errors.push(...invalidEach(`${at}.namespace`, namespace, dnsLabelErrors(namespace)));
  return errors;
}

/** A wildcard stands alone; `others` is what it stands for. */
function wildcardErrors(
  values: readonly string[],
  field: string,
  others: string,
): readonly FieldError[] | undefined {
  if (!values.includes("*")) return undefined;
  if (values.length === 1) return [];
  return [invalidValue(field, values, `if '*' is present, must not specify other ${others}`)];
}

function verbErrors(verbs: readonly string[] | undefined, field: string): readonly FieldError[] {
  if (verbs === undefined || verbs.length === 0) {
    return [required(field, "verbs must contain at least one value")];
  }
  const known = verbs.every((verb) => VERBS.includes(verb));
  return (
    wildcardErrors(verbs, field, "verbs") ?? (known ? [] : [notSupported(field, verbs, VERBS)])
  );
}

const LISTS = [
  ["apiGroups", "api group"],
  ["resources", "resource"],
] as const;

const NAMESPACES = "each member of this list must be '*' or a DNS-1123 label; ";

function resourceErrors(rule: ResourcePolicyRule, at: string): readonly FieldError[] {
  const errors = [...verbErrors(rule.verbs, `${at}.verbs`)];
  for (const [key, what] of LISTS) {
    const field = `${at}.${key}`;
    const values = rule[key] ?? [];
    if (values.length > 0) errors.push(...(wildcardErrors(values, field, `${what}s`) ?? []));
    else errors.push(required(field, `resource rules must supply at least one ${what}`));
  }
  const field = `${at}.namespaces`;
  const { namespaces = [], clusterScope } = rule;
  if (namespaces.length === 0 && clusterScope !== true) {
    const why = "resource rules that are not cluster scoped must supply at least one namespace";
    return [...errors, required(field, why)];
  }
  const wild = wildcardErrors(namespaces, field, "namespaces");
  if (wild !== undefined) return [...errors, ...wild];
  namespaces.forEach((name, index) => {
    const mistakes = dnsLabelErrors(name).map((why) => NAMESPACES + why);
    errors.push(...invalidEach(`${field}[${index}]`, name, mistakes));
  });
  return errors;
}

function nonResourceErrors(rule: NonResourcePolicyRule, at: string): readonly FieldError[] {
  const errors = [...verbErrors(rule.verbs, `${at}.verbs`)];
  const field = `${at}.nonResourceURLs`;
  const urls = rule.nonResourceURLs ?? [];
  if (urls.length === 0) {
    return [...errors, required(field, "nonResourceURLs must contain at least one value")];
  }
  const wild = wildcardErrors(urls, field, "non-resource URLs");
  if (wild !== undefined) return [...errors, ...wild];
  urls.forEach((url, index) => {
    const why = urlMistake(url);
    if (why !== undefined) errors.push(invalidValue(`${field}[${index}]`, url, why));
  });
  return errors;
}

/** flowcontrol `ValidateNonResourceURLPath`. */
function urlMistake(path: string): string | undefined {
  if (path === "") return "must not be empty";
  if (path === "/") return undefined;
  if (!path.startsWith("/")) return "must start with slash";
  if (path.includes(" ")) return "must not contain white-space";
  if (path.includes("//")) return "must not contain double slash";
  const stars = path.split("*").length - 1;
  const suffix = stars === 0 || (stars === 1 && path.endsWith("/*"));
  return suffix ? undefined : "wildcard can only do suffix matching";
}
