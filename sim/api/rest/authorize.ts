import type { Access } from "../access.ts";
import type { User } from "../admission/plugin.ts";
import { forbidden } from "../api-error.ts";
import type { Call } from "./context.ts";
import { readBoolean } from "./options.ts";
import type { Target } from "./path.ts";
import type { RestRequest } from "./request.ts";

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
};

/** What a request wants to do, in the words of roles. */
export function verbOf({ request, target, query }: Call): string {
  const single = target.name !== undefined;
  if (request.method === "DELETE") return single ? "delete" : "deletecollection";
  const written = verbs[request.method];
  if (written !== undefined) return written;
  if (target.watch || readBoolean(query, "watch")) return "watch";
  return single ? "get" : "list";
}

/** Throws 403 when a request is not allowed. */
export function authorize(call: Call): void {
  const { user, target, resource, access } = call;
  const { group, plural } = resource.descriptor;
  demand(user, access, { ...target, group, resource: plural }, verbOf(call));
}

const PLAIN = { group: "", version: "", subresource: undefined, rest: [], watch: false } as const;

/** Throws 403 when somebody may not be taken for the user of a request, or for a member of one of the groups that he names. */
export function demandImpersonation(
  { impersonator, user, impersonatedGroups = [] }: RestRequest,
  access: Access,
): void {
  if (impersonator === undefined || user === undefined || user === null) return;
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user.name);
  const [resource, namespace, name] =
    account === null
      ? (["users", undefined, user.name] as const)
      : (["serviceaccounts", account[1], account[2]] as const);
  demand(impersonator, access, { ...PLAIN, resource, namespace, name }, "impersonate");
  for (const group of impersonatedGroups) {
    const target = { ...PLAIN, resource: "groups", namespace: undefined, name: group };
    demand(impersonator, access, target, "impersonate");
  }
}

/** Throws 403 when somebody may not do this to what a path names. */
export function demand(user: User, access: Access, target: Target, verb: string): void {
  const { group, resource, namespace, name = "", subresource = "" } = target;
  const question = { verb, group, resource, subresource, name };
  const asked = namespace === undefined ? question : { ...question, namespace };
  if (access.isAllowed(user, asked) !== undefined) return;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where =
    namespace === undefined
      ? " at the cluster scope"
      : ` in the namespace ${JSON.stringify(namespace)}`;
  const refused = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)}${where}`;
  const why = access.whyNot(user, asked);
  throw forbidden({ group, plural: resource }, name, why === "" ? refused : `${refused}: ${why}`);
}
