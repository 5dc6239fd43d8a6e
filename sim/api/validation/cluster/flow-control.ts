import type {
  FlowcontrolV1Subject,
  FlowSchema,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
} from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsSubdomainErrors } from "../names.ts";

const HIGHEST_PRECEDENCE = 10_000;
const MOST_QUEUES = 10_000_000;
const METHODS = ["ByNamespace", "ByUser"];

/** flowcontrol `ValidateFlowSchema`, without metadata. */
export function flowSchemaErrors({ metadata, spec }: FlowSchema): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { matchingPrecedence: precedence = 0, distinguisherMethod, rules = [] } = spec ?? {};
  const say = (why: string) =>
    errors.push(invalidValue("spec.matchingPrecedence", precedence, why));
  if (precedence <= 0) say("must be a positive value");
  if (precedence > HIGHEST_PRECEDENCE) say(`must not be greater than ${HIGHEST_PRECEDENCE}`);
  if (precedence === 1 && metadata.name !== "exempt") {
    say("only the schema named 'exempt' may have matchingPrecedence 1");
  }
  const { type = "" } = distinguisherMethod ?? {};
  if (distinguisherMethod !== undefined && !METHODS.includes(type)) {
    errors.push(notSupported("spec.distinguisherMethod.type", { Type: type }, METHODS));
  }
  const level = spec?.priorityLevelConfiguration?.name ?? "";
  const field = "spec.priorityLevelConfiguration.name";
  if (level === "") errors.push(required(field, "must reference a priority level"));
  else errors.push(...invalidEach(field, level, dnsSubdomainErrors(level)));
  rules.forEach((rule, index) => {
    errors.push(...ruleErrors(rule, `spec.rules[${index}]`));
  });
  return errors;
}

function ruleErrors(rule: PolicyRulesWithSubjects, at: string): readonly FieldError[] {
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
  const list = (values: readonly string[] | undefined, field: string, what: string) => {
    if ((values ?? []).length === 0) {
      errors.push(required(field, `${what} must contain at least one value`));
    } else if ((values?.length ?? 0) > 1 && values?.includes("*") === true) {
      errors.push(invalidValue(field, values, `if '*' is present, must not specify other ${what}`));
    }
  };
  resourceRules.forEach((one, index) => {
    const place = `${at}.resourceRules[${index}]`;
    list(one.verbs, `${place}.verbs`, "verbs");
    list(one.apiGroups, `${place}.apiGroups`, "api groups");
    list(one.resources, `${place}.resources`, "resources");
    if ((one.namespaces ?? []).length === 0 && one.clusterScope !== true) {
      const why = "resource rules that are not cluster scoped must supply at least one namespace";
      errors.push(required(`${place}.namespaces`, why));
    }
  });
  nonResourceRules.forEach((one, index) => {
    const place = `${at}.nonResourceRules[${index}]`;
    list(one.verbs, `${place}.verbs`, "verbs");
    list(one.nonResourceURLs, `${place}.nonResourceURLs`, "nonResourceURLs");
  });
  return errors;
}

const SUBJECT_PARTS = [
  ["User", "user"],
  ["Group", "group"],
  ["ServiceAccount", "serviceAccount"],
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
  } else {
    if (!part.name) errors.push(required(`${at}.${key}.name`, ""));
    if (kind === "ServiceAccount" && !part.namespace) {
      errors.push(required(`${at}.${key}.namespace`, "must specify namespace for service account"));
    }
  }
  for (const [other, name] of SUBJECT_PARTS) {
    if (other === kind || subject[name] === undefined) continue;
    const why = `${name} is forbidden when subject kind is not '${other}'`;
    errors.push(forbiddenField(`${at}.${name}`, why));
  }
  return errors;
}

/** flowcontrol `ValidatePriorityLevelConfiguration`, without metadata. */
export function priorityLevelErrors({
  metadata,
  spec,
}: PriorityLevelConfiguration): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { type = "", limited, exempt } = spec ?? {};
  if ((metadata.name === "exempt") !== (type === "Exempt")) {
    const why = "type must be 'Exempt' if and only if name is 'exempt'";
    errors.push(invalidValue("spec.type", type, why));
  }
  if (type === "Exempt") {
    if (limited !== undefined) {
      errors.push(forbiddenField("spec.limited", "must be nil if the type is not Limited"));
    }
  } else if (type === "Limited") {
    if (exempt !== undefined) {
      errors.push(forbiddenField("spec.exempt", "must be nil if the type is not Exempt"));
    }
    if (limited === undefined) {
      errors.push(required("spec.limited", "must not be empty when type is Limited"));
    } else errors.push(...limitedErrors(limited));
  } else errors.push(notSupported("spec.type", type, ["Exempt", "Limited"]));
  return errors;
}

function limitedErrors(limited: LimitedPriorityLevelConfiguration): readonly FieldError[] {
  const at = "spec.limited";
  const errors: FieldError[] = [];
  const { nominalConcurrencyShares: shares, lendablePercent, borrowingLimitPercent } = limited;
  if (shares !== undefined && shares < 0) {
    const why = "must be a non-negative integer";
    errors.push(invalidValue(`${at}.nominalConcurrencyShares`, shares, why));
  }
  errors.push(...responseErrors(limited.limitResponse, `${at}.limitResponse`));
  if (lendablePercent !== undefined && (lendablePercent < 0 || lendablePercent > 100)) {
    const why = "must be between 0 and 100, inclusive";
    errors.push(invalidValue(`${at}.lendablePercent`, lendablePercent, why));
  }
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const why = "if specified, must be a non-negative integer";
    errors.push(invalidValue(`${at}.borrowingLimitPercent`, borrowingLimitPercent, why));
  }
  return errors;
}

function responseErrors(response: LimitResponse | undefined, at: string): readonly FieldError[] {
  const { type = "", queuing } = response ?? {};
  if (type === "Reject") {
    const why = "must be nil if limited.limitResponse.type is not Limited";
    return queuing === undefined ? [] : [forbiddenField(`${at}.queuing`, why)];
  }
  if (type !== "Queue") return [notSupported(`${at}.type`, type, ["Queue", "Reject"])];
  if (queuing === undefined) {
    const why = "must not be empty if limited.limitResponse.type is Limited";
    return [required(`${at}.queuing`, why)];
  }
  const errors: FieldError[] = [];
  const { queueLengthLimit = 0, queues = 0, handSize = 0 } = queuing;
  const say = (key: string, value: number, why: string) =>
    errors.push(invalidValue(`${at}.queuing.${key}`, value, why));
  if (queueLengthLimit <= 0) say("queueLengthLimit", queueLengthLimit, "must be positive");
  if (queues <= 0) say("queues", queues, "must be positive");
  else if (queues > MOST_QUEUES) {
    say("queues", queues, `must not be greater than ${MOST_QUEUES}`);
  }
  if (handSize <= 0) say("handSize", handSize, "must be positive");
  else if (handSize > queues) {
    say("handSize", handSize, `should not be greater than queues (${queues})`);
  }
  return errors;
}
