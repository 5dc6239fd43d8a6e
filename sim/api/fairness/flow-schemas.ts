import type { User } from "../admission/plugin.ts";
import type { KubeObject } from "../object.ts";
import type {
  FlowSchema,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
  ResourcePolicyRule,
} from "../types.gen.ts";

/** What a request is classified by. */
export interface FlowRequest {
  readonly user: User;
  readonly verb: string;
  /** Path of a request that is not for a resource. */
  readonly path?: string;
  readonly group?: string;
  /** `pods` or `pods/status`. */
  readonly resource?: string;
  readonly namespace?: string;
}

/** The class of a request: its schema, its level, and what tells its flow from others of the schema. */
export interface Flow {
  readonly schema: FlowSchema;
  readonly level: PriorityLevelConfiguration;
  readonly distinguisher: string;
}

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The schemas in their order of precedence, with their levels; those without one are left out. */
export function schemasInOrder(
  schemas: Iterable<KubeObject>,
  levels: ReadonlyMap<string, PriorityLevelConfiguration>,
): readonly (readonly [FlowSchema, PriorityLevelConfiguration])[] {
  const precedence = ({ spec }: FlowSchema): number => spec?.matchingPrecedence ?? 1000;
  return [...schemas]
    .map((object) => object as FlowSchema)
    .sort(
      (one, other) =>
        precedence(one) - precedence(other) || (one.metadata.name < other.metadata.name ? -1 : 1),
    )
    .flatMap((schema) => {
      const level = levels.get(schema.spec?.priorityLevelConfiguration.name ?? "");
      return level === undefined ? [] : [[schema, level] as const];
    });
}

/** The first schema that covers a request. */
export function classify(
  schemas: readonly (readonly [FlowSchema, PriorityLevelConfiguration])[],
  request: FlowRequest,
): Flow | undefined {
  for (const [schema, level] of schemas) {
    if (schema.spec?.rules?.some((rule) => ruleCovers(rule, request)) !== true) continue;
    return { schema, level, distinguisher: distinguisherOf(schema, request) };
  }
  return undefined;
}

function distinguisherOf({ spec }: FlowSchema, { user, namespace = "" }: FlowRequest): string {
  const type = spec?.distinguisherMethod?.type;
  return type === "ByUser" ? user.name : type === "ByNamespace" ? namespace : "";
}

function ruleCovers(rule: PolicyRulesWithSubjects, request: FlowRequest): boolean {
  if (!rule.subjects.some((subject) => isSubject(subject, request.user))) return false;
  const { path } = request;
  if (path === undefined)
    return rule.resourceRules?.some((one) => resourceCovers(one, request)) === true;
  return (
    rule.nonResourceRules?.some(
      ({ verbs, nonResourceURLs }) =>
        includes(verbs, request.verb) && nonResourceURLs.some((url) => urlCovers(url, path)),
    ) === true
  );
}

function isSubject(
  subject: PolicyRulesWithSubjects["subjects"][number],
  { name, groups = [] }: User,
): boolean {
  switch (subject.kind) {
    case "User":
      return subject.user?.name === "*" || subject.user?.name === name;
    case "Group":
      return subject.group?.name === "*" || groups.includes(subject.group?.name ?? "");
    default: {
      const [, namespace, account] = ACCOUNT.exec(name) ?? [];
      const wanted = subject.serviceAccount;
      return (
        account !== undefined &&
        wanted?.namespace === namespace &&
        (wanted?.name === "*" || wanted?.name === account)
      );
    }
  }
}

function resourceCovers(rule: ResourcePolicyRule, request: FlowRequest): boolean {
  const { verb, group = "", resource = "", namespace } = request;
  return (
    includes(rule.verbs, verb) &&
    includes(rule.apiGroups, group) &&
    includes(rule.resources, resource) &&
    (namespace === undefined
      ? rule.clusterScope === true
      : includes(rule.namespaces ?? [], namespace))
  );
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

function urlCovers(url: string, path: string): boolean {
  return url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
}
