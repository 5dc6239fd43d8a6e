import type { AdmissionReader, User } from "./admission/plugin.ts";
import { type KubeObject, makeKey } from "./object.ts";
import { standingRoles } from "./standing/roles.ts";
import type { Store } from "./store.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from "./types.gen.ts";

/** What somebody wants to do. */
export interface AccessQuestion {
  readonly namespace?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
  /** Path of a request that is not for a resource. */
  readonly path?: string;
}

/** Where roles and their bindings are found. */
export type RoleReader = Pick<AdmissionReader, "get" | "list">;

/** The roles and bindings of a store. */
export function rolesIn(store: Store): RoleReader {
  return {
    get: (kind, key) => store.get(kind, key),
    list: (kind, namespace) =>
      namespace === undefined
        ? store.objects(kind).values()
        : store.objects(kind).indexed("namespace", namespace),
  };
}

/** The roles and bindings of a reader, with those that stand in every cluster. */
export function withStandingRoles(roles: RoleReader): RoleReader {
  const beside = (kind: string): readonly KubeObject[] => {
    const hidden = new Set([...roles.list(kind)].map(({ metadata }) => metadata.name));
    return standingRoles(kind, roles.list(kind)).filter(
      ({ metadata }) => !hidden.has(metadata.name),
    );
  };
  return {
    get: (kind, key) =>
      roles.get(kind, key) ?? beside(kind).find(({ metadata }) => metadata.name === key),
    list: (kind, namespace) =>
      namespace === undefined
        ? [...roles.list(kind), ...beside(kind)]
        : roles.list(kind, namespace),
  };
}

/** kube-apiserver's `--authorization-mode`. */
export type AuthorizationMode = "RBAC" | "AlwaysAllow";

/** Who may do what. */
export interface Access {
  /** Why somebody may do something (may be empty), or `undefined` when he may not. */
  isAllowed(user: User, question: AccessQuestion): string | undefined;
  /** What is to be said when somebody may not do something: of bindings whose roles are missing; mostly nothing. */
  whyNot(user: User, question: AccessQuestion): string;
  /** What somebody holds in a namespace, and cluster-wide when there is none. */
  held(user: User, namespace: string | undefined): Holdings;
  /** The rules of a role that is bound in a namespace, or in all; `undefined` when it is not there. */
  rulesBehind(role: RoleRef, namespace: string | undefined): readonly PolicyRule[] | undefined;
  /** Everything that somebody may do in a namespace, for `kubectl auth can-i --list`. */
  rulesOf(user: User, namespace: string): object;
}

/** The rules that somebody has by his roles. */
export interface Holdings {
  readonly rules: readonly PolicyRule[];
  /** Roles that he is bound to and that are not there. */
  readonly missing: readonly RoleRef[];
}

/** The rules that allow everything. */
export const everything: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

/** Everybody may do everything. */
export const unlimitedAccess: Access = {
  isAllowed: () => "",
  whyNot: () => "",
  held: () => ({ rules: everything, missing: [] }),
  rulesBehind: () => [],
  rulesOf: () => rulesReview({ rules: everything, missing: [] }),
};

/** Access by roles. */
export function roleAccess(roles: RoleReader): Access {
  return {
    isAllowed: (user, question) => isAllowed(roles, user, question),
    whyNot: (user, { namespace }) => {
      const mistakes = missingText(heldBy(roles, user, namespace).missing);
      return mistakes === "" ? "" : `RBAC: ${mistakes}`;
    },
    held: (user, namespace) => heldBy(roles, user, namespace),
    rulesBehind: (role, namespace) => rulesBehind(roles, role, namespace),
    rulesOf: (user, namespace) => rulesReview(heldBy(roles, user, namespace)),
  };
}

function heldBy(roles: RoleReader, user: User, namespace: string | undefined): Holdings {
  const grants = grantsOf(roles, user, namespace);
  return {
    rules: grants.flatMap(({ rules }) => rules ?? []),
    missing: grants.flatMap(({ rules, roleRef }) => (rules === undefined ? [roleRef] : [])),
  };
}

/** Missing roles as the authorizer's cache names them: in the singular, each once. */
function missingText(missing: readonly RoleRef[]): string {
  const texts = missing.map(
    ({ kind, name }) => `${kind.toLowerCase()}.${RBAC_GROUP} ${JSON.stringify(name)} not found`,
  );
  const all = [...new Set(texts)];
  return all.length < 2 ? all.join() : `[${all.join(", ")}]`;
}

/** The group whose members may do everything. */
const MASTERS = "system:masters";

const RBAC_GROUP = "rbac.authorization.k8s.io";

interface Grant {
  readonly roleRef: RoleRef;
  /** Missing when the role is. */
  readonly rules: readonly PolicyRule[] | undefined;
  readonly why: string;
}

/** Role-based access control: why it is allowed (may be empty), or `undefined` when it is not. */
export function isAllowed(
  roles: RoleReader,
  user: User,
  question: AccessQuestion,
): string | undefined {
  if (user.groups?.includes(MASTERS) === true) return "";
  for (const { rules, why } of grantsOf(roles, user, question.namespace))
    if (rules?.some((rule) => covers(rule, question)) === true) return why;
  return undefined;
}

function rulesReview({ rules, missing }: Holdings): object {
  const mistakes = missingText(missing);
  return {
    ...(mistakes === "" ? {} : { evaluationError: mistakes }),
    resourceRules: rules
      .filter(({ resources }) => resources !== undefined)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames === undefined ? {} : { resourceNames }),
      })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
  };
}

function grantsOf(roles: RoleReader, user: User, namespace: string | undefined): Grant[] {
  const grants: Grant[] = [];
  for (const object of roles.list("ClusterRoleBinding")) {
    const { subjects, roleRef, metadata } = object as ClusterRoleBinding;
    const subject = subjects?.find((one) => isSubject(one, user, undefined));
    if (subject === undefined) continue;
    const why = `RBAC: allowed by ClusterRoleBinding ${JSON.stringify(metadata.name)} of ${roleText(roleRef)} to ${subjectText(subject, "")}`;
    grants.push({ roleRef, rules: rulesBehind(roles, roleRef, undefined), why });
  }
  if (namespace === undefined || namespace === "") return grants;
  for (const object of roles.list("RoleBinding", namespace)) {
    const { subjects, roleRef, metadata } = object as RoleBinding;
    const subject = subjects?.find((one) => isSubject(one, user, namespace));
    if (subject === undefined) continue;
    const place = JSON.stringify(`${metadata.name}/${namespace}`);
    const why = `RBAC: allowed by RoleBinding ${place} of ${roleText(roleRef)} to ${subjectText(subject, namespace)}`;
    grants.push({ roleRef, rules: rulesBehind(roles, roleRef, namespace), why });
  }
  return grants;
}

function roleText({ kind, name }: RoleRef): string {
  return `${kind} ${JSON.stringify(name)}`;
}

function subjectText({ kind, name, namespace }: Subject, home: string): string {
  const whole = kind === "ServiceAccount" ? `${name}/${namespace ?? home}` : name;
  return `${kind} ${JSON.stringify(whole)}`;
}

function isSubject(
  { kind, name, namespace }: Subject,
  user: User,
  home: string | undefined,
): boolean {
  if (kind === "User") return name === user.name;
  if (kind === "Group") return user.groups?.includes(name) === true;
  return user.name === `system:serviceaccount:${namespace ?? home}:${name}`;
}

function rulesBehind(
  roles: RoleReader,
  { kind, name }: RoleRef,
  namespace: string | undefined,
): readonly PolicyRule[] | undefined {
  const key = kind === "Role" ? makeKey(namespace, name) : name;
  const role = roles.get(kind, key) as Role | ClusterRole | undefined;
  return role === undefined ? undefined : (role.rules ?? []);
}

function covers(rule: PolicyRule, question: AccessQuestion): boolean {
  if (!includes(rule.verbs, question.verb ?? "")) return false;
  if (question.path !== undefined) {
    return (rule.nonResourceURLs ?? []).some(
      (url) =>
        url === question.path ||
        (url.endsWith("*") && question.path?.startsWith(url.slice(0, -1)) === true),
    );
  }
  const { resource = "", subresource = "", name = "", group = "" } = question;
  const wanted = subresource === "" ? resource : `${resource}/${subresource}`;
  const named = rule.resourceNames ?? [];
  return (
    includes(rule.apiGroups, group) &&
    (includes(rule.resources, wanted) ||
      (subresource !== "" && rule.resources?.includes(`*/${subresource}`) === true)) &&
    (named.length === 0 || named.includes(name))
  );
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((one) => one === "*" || one === value) ?? false;
}
