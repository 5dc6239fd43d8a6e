import { SECOND } from "../../../engine/time.ts";
import { goSelector } from "../../meta/selector-text.ts";
import type { KubeObject } from "../../object.ts";
import type {
  APIService,
  CertificateSigningRequest,
  FlowSchema,
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ParamKind,
  PriorityLevelConfiguration,
  RoleBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "../../types.gen.ts";
import { humanDuration } from "./duration.ts";
import type { KindPrinter } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { orNone } from "./text.ts";

/** Role and cluster role bindings print alike. */
export const roleBindingPrinter: KindPrinter = printer<RoleBinding>(
  columns(
    "Name",
    "Role",
    "Age",
    "Users|string|wide",
    "Groups|string|wide",
    "ServiceAccounts|string|wide",
  ),
  (object, context) => {
    const named = (wanted: string): string =>
      (object.subjects ?? [])
        .filter(({ kind }) => kind === wanted)
        .map(({ name, namespace = "" }) =>
          wanted === "ServiceAccount" && namespace !== "" ? `${namespace}/${name}` : name,
        )
        .join(", ");
    return [
      object.metadata.name,
      `${object.roleRef.kind}/${object.roleRef.name}`,
      age(object, context),
      named("User"),
      named("Group"),
      named("ServiceAccount"),
    ];
  },
);

function requestState({ status }: CertificateSigningRequest): string {
  const has = (wanted: string): boolean =>
    (status?.conditions ?? []).some(({ type }) => type === wanted);
  const words = [has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending"];
  if (has("Failed")) words.push("Failed");
  if ((status?.certificate ?? "") !== "") words.push("Issued");
  return words.join(",");
}

export const certificateRequestPrinter: KindPrinter = printer<CertificateSigningRequest>(
  columns("Name", "Age", "SignerName", "Requestor", "RequestedDuration", "Condition"),
  (object, context) => {
    const { signerName, username, expirationSeconds } = object.spec ?? {};
    return [
      object.metadata.name,
      age(object, context),
      orNone(signerName),
      username ?? "",
      expirationSeconds === undefined ? "<none>" : humanDuration(expirationSeconds * SECOND),
      requestState(object),
    ];
  },
);

/** Mutating and validating webhook configurations print alike. */
export const webhookConfigurationPrinter: KindPrinter = printer<MutatingWebhookConfiguration>(
  columns("Name", "Webhooks|integer", "Age"),
  (object, context) => [object.metadata.name, object.webhooks?.length ?? 0, age(object, context)],
);

function paramKindText(kind: ParamKind | undefined): string {
  return kind === undefined ? "<unset>" : `${kind.apiVersion ?? ""}/${kind.kind ?? ""}`;
}

export const validatingPolicyPrinter: KindPrinter = printer<ValidatingAdmissionPolicy>(
  columns("Name", "Validations|integer", "ParamKind", "Age"),
  (object, context) => [
    object.metadata.name,
    object.spec?.validations?.length ?? 0,
    paramKindText(object.spec?.paramKind),
    age(object, context),
  ],
);

export const mutatingPolicyPrinter: KindPrinter = printer<MutatingAdmissionPolicy>(
  columns("Name", "Mutations|integer", "ParamKind", "Age"),
  (object, context) => [
    object.metadata.name,
    object.spec?.mutations?.length ?? 0,
    paramKindText(object.spec?.paramKind),
    age(object, context),
  ],
);

/** Validating and mutating policy bindings print alike; a parameter without a namespace may be anywhere. */
export const policyBindingPrinter: KindPrinter = printer<ValidatingAdmissionPolicyBinding>(
  columns("Name", "PolicyName", "ParamRef", "Age"),
  (object, context) => {
    const { policyName, paramRef } = object.spec ?? {};
    const { name = "", namespace = "", selector } = paramRef ?? {};
    const byName = name === "" ? undefined : `${namespace === "" ? "*" : namespace}/${name}`;
    return [
      object.metadata.name,
      policyName ?? "",
      byName ?? (selector === undefined ? "<unset>" : goSelector(selector)),
      age(object, context),
    ];
  },
);

/** Flow schemas are matched, and so printed, in order of precedence. */
function byPrecedence(a: KubeObject, b: KubeObject): number {
  const [first, second] = [a as FlowSchema, b as FlowSchema].map(
    ({ spec }) => spec?.matchingPrecedence ?? 0,
  );
  if (first !== second) return (first ?? 0) - (second ?? 0);
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

const flowSchemaCells: KindPrinter = printer<FlowSchema>(
  columns("Name", "PriorityLevel", "MatchingPrecedence", "DistinguisherMethod", "Age", "MissingPL"),
  (object, context) => {
    const { spec, status } = object;
    const dangling = status?.conditions?.find(({ type }) => type === "Dangling");
    return [
      object.metadata.name,
      spec?.priorityLevelConfiguration.name ?? "",
      spec?.matchingPrecedence ?? 0,
      spec?.distinguisherMethod?.type ?? "<none>",
      age(object, context),
      dangling?.status ?? "?",
    ];
  },
);

export const flowSchemaPrinter: KindPrinter = { ...flowSchemaCells, order: byPrecedence };

export const priorityLevelPrinter: KindPrinter = printer<PriorityLevelConfiguration>(
  columns(
    "Name",
    "Type",
    "NominalConcurrencyShares",
    "Queues",
    "HandSize",
    "QueueLengthLimit",
    "Age",
  ),
  (object, context) => {
    const { type = "", limited } = object.spec ?? {};
    const queuing = limited?.limitResponse?.queuing;
    return [
      object.metadata.name,
      type,
      limited === undefined ? "<none>" : (limited.nominalConcurrencyShares ?? 0),
      queuing?.queues ?? "<none>",
      queuing?.handSize ?? "<none>",
      queuing?.queueLengthLimit ?? "<none>",
      age(object, context),
    ];
  },
);

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === "Available");
  if (condition === undefined) return "Unknown";
  const { status: answer, reason = "" } = condition;
  return answer === "True" || reason === "" ? answer : `${answer} (${reason})`;
}

export const apiServicePrinter: KindPrinter = printer<APIService>(
  columns("Name", "Service", "Available", "Age"),
  (object, context) => {
    const service = object.spec?.service;
    return [
      object.metadata.name,
      service ? `${service.namespace ?? ""}/${service.name ?? ""}` : "Local",
      availability(object),
      age(object, context),
    ];
  },
);
