import { everything } from "../access.ts";
import { forbidden, notFound } from "../api-error.ts";
import type { WriteOptions } from "../api-server.ts";
import { sameValue } from "../kinds/same-value.ts";
import type { KubeObject } from "../object.ts";
import { quotedList, uncovered } from "../rule-cover.ts";
import type { ClusterRole, PolicyRule, RoleBinding, RoleRef } from "../types.gen.ts";
import { goQuote } from "../validation/go-text.ts";
import type { Call } from "./context.ts";

const RBAC_GROUP = "rbac.authorization.k8s.io";

type Guard = Pick<WriteOptions, "guard">;

/**
 * Nobody gives away rights that he does not have himself, in a role or by binding one, unless he may `escalate` roles or
 * `bind` the role; members of `system:masters` may do anything.
 */
export function escalationGuard(call: Call): Guard {
  const { resource, user } = call;
  if (resource.descriptor.group !== RBAC_GROUP || user.groups?.includes("system:masters") === true)
    return {};
  const binding = resource.kind.endsWith("Binding");
  if (!binding && mayEscalate(call)) return {};
  const check = binding ? checkBinding : checkRole;
  return {
    guard: (next, before) => {
      if (before === undefined || !keptButForOwners(next, before)) check(call, next, before);
    },
  };
}

function mayEscalate({ access, user, target }: Call): boolean {
  const { namespace, resource, name = "" } = target;
  const where = namespace === undefined ? {} : { namespace };
  const question = { ...where, verb: "escalate", group: RBAC_GROUP, resource, name };
  return access.isAllowed(user, question) !== undefined;
}

/** Whether nothing changes but what the garbage collector needs to let an object go. */
function keptButForOwners(next: KubeObject, before: KubeObject): boolean {
  const { ownerReferences, finalizers, managedFields } = before.metadata;
  const metadata = { ...next.metadata, ownerReferences, finalizers, managedFields };
  return sameValue({ ...next, metadata }, before);
}

function checkRole(call: Call, next: KubeObject, before: KubeObject | undefined): void {
  const { metadata, rules = [] } = next as ClusterRole;
  const refuse = refusal(call, metadata.name);
  confirm(call, rules, refuse);
  if (!gathers(next) && !gathers(before)) return;
  confirm(call, everything, () =>
    refuse("must have cluster-admin privileges to use the aggregationRule"),
  );
}

function gathers(role: KubeObject | undefined): boolean {
  const { aggregationRule } = (role ?? {}) as Partial<ClusterRole>;
  return (aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}

function checkBinding(call: Call, next: KubeObject): void {
  const { roleRef, metadata } = next as RoleBinding;
  const { access, target } = call;
  if (mayBind(call, roleRef)) return;
  const rules = access.rulesBehind(roleRef, target.namespace);
  if (rules === undefined) throw notFound(rolesOf(roleRef), roleRef.name);
  confirm(call, rules, refusal(call, metadata.name));
}

function mayBind({ access, user, target }: Call, { kind, name, apiGroup = "" }: RoleRef): boolean {
  if (kind !== "Role" && kind !== "ClusterRole") return false;
  const where = target.namespace === undefined ? {} : { namespace: target.namespace };
  const resource = rolesOf({ kind }).plural;
  const question = { ...where, verb: "bind", group: apiGroup, resource, name };
  return access.isAllowed(user, question) !== undefined;
}

function rolesOf({ kind }: Pick<RoleRef, "kind">) {
  return { group: RBAC_GROUP, plural: `${kind.toLowerCase()}s` };
}

type Refuse = (why: string) => never;

function refusal({ resource }: Call, name: string): Refuse {
  const { group, plural } = resource.descriptor;
  return (why) => {
    throw forbidden({ group, plural }, name, why);
  };
}

/** Throws when the wanted rules go beyond what the user holds where he writes. */
function confirm(
  { access, user, target }: Call,
  wanted: readonly PolicyRule[],
  refuse: Refuse,
): void {
  const { rules, missing } = access.held(user, target.namespace);
  const beyond = uncovered(rules, wanted);
  if (beyond.length === 0) return;
  const who = `user ${goQuote(user.name)} (groups=${quotedList(user.groups ?? [])})`;
  const what = `is attempting to grant RBAC permissions not currently held:\n${beyond.join("\n")}`;
  const gone = [
    ...new Set(missing.map((role) => notFound(rolesOf(role), role.name).status.message ?? "")),
  ];
  const more = gone.length < 2 ? gone.join() : `[${gone.join(", ")}]`;
  refuse(`${who} ${what}${more === "" ? "" : `; resolution errors: [${more}]`}`);
}
