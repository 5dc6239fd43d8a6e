import { describe, expect, it } from "vitest";
import { uncovered } from "../../sim/api/rule-cover.ts";
import type { PolicyRule } from "../../sim/api/types.gen.ts";
import { type BareApi, bareApi, request } from "./bare-api.ts";

const GROUP = "rbac.authorization.k8s.io";
const CLUSTER = `/apis/${GROUP}/v1`;
const HOME = `${CLUSTER}/namespaces/default`;
const MERGE = "application/merge-patch+json";
const APPLY = "application/apply-patch+yaml";

const rule = (verbs: string, resources: string, more: object = {}): PolicyRule => ({
  verbs: verbs.split(" "),
  apiGroups: [resources.startsWith("role") || resources.startsWith("clusterrole") ? GROUP : ""],
  resources: resources.split(" "),
  ...more,
});
const admin = (plane: BareApi, path: string, body: object) => {
  const { code } = request(plane, "POST", path, body);
  expect(code).toBe(201);
};
const asBob = (plane: BareApi, method: string, path: string, body?: object, contentType?: string) =>
  plane.rest.handle({
    method,
    path,
    user: { name: "bob", groups: ["dev", "system:authenticated"] },
    contentType: contentType ?? "application/json",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** A cluster where bob may write roles and bindings of the namespace, and holds these rules besides. */
function plane({ here = [], everywhere = [] }: Record<string, readonly PolicyRule[]> = {}) {
  const api = bareApi();
  const subjects = [{ kind: "User", apiGroup: GROUP, name: "bob" }];
  const roleRef = { apiGroup: GROUP, kind: "ClusterRole", name: "bobs" };
  const writes = rule("create update patch", "roles rolebindings");
  admin(api, `${CLUSTER}/clusterroles`, { metadata: { name: "bobs" }, rules: [writes, ...here] });
  admin(api, `${HOME}/rolebindings`, { metadata: { name: "bobs" }, roleRef, subjects });
  const most = rule("create update patch", "clusterroles clusterrolebindings");
  const all = { metadata: { name: "all" }, rules: [most, ...everywhere] };
  admin(api, `${CLUSTER}/clusterroles`, all);
  const whole = { metadata: { name: "all" }, roleRef: { ...roleRef, name: "all" }, subjects };
  admin(api, `${CLUSTER}/clusterrolebindings`, whole);
  return api;
}

const role = (...rules: readonly PolicyRule[]) => ({ metadata: { name: "reader" }, rules });
const binding = (kind: string, name: string) => ({
  metadata: { name: "readers" },
  roleRef: { apiGroup: GROUP, kind, name },
});
const ATTEMPT =
  'user "bob" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n';
const READ = '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}';

describe("who may write roles gives away only what he holds", () => {
  const reads = rule("get list", "pods");

  it.each<[string, Parameters<typeof plane>[0], string, object, number, string?]>([
    ["a rule of nobody", {}, `${HOME}/roles`, role(reads), 403, READ],
    ["a rule he holds here", { here: [reads] }, `${HOME}/roles`, role(reads), 201],
    ["a rule he holds everywhere", { everywhere: [reads] }, `${HOME}/roles`, role(reads), 201],
    ["what he holds here alone", { here: [reads] }, `${CLUSTER}/clusterroles`, role(reads), 403],
    ["by `escalate`", { here: [rule("escalate", "roles")] }, `${HOME}/roles`, role(reads), 201],
    ["nothing", {}, `${HOME}/roles`, role(), 201],
    [
      "the rest of what he holds in part",
      { here: [rule("get", "pods")] },
      `${HOME}/roles`,
      role(reads, { verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["x"] }),
      403,
      '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}',
    ],
    [
      "more than one thing, in order",
      {},
      `${CLUSTER}/clusterroles`,
      role({ verbs: ["get"], nonResourceURLs: ["/metrics"] }, rule("get", "pods/log secrets"), {
        verbs: ["*"],
        apiGroups: ["apps"],
        resources: ["*"],
        resourceNames: ["x"],
      }),
      403,
      [
        '{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
        '{APIGroups:["apps"], Resources:["*"], ResourceNames:["x"], Verbs:["*"]}',
        '{NonResourceURLs:["/metrics"], Verbs:["get"]}',
      ].join("\n"),
    ],
  ])("%s", (_, held, path, body, code, missing) => {
    const answer = asBob(plane(held), "POST", path, body);
    expect(answer.code).toBe(code);
    if (code !== 403) return;
    const plural = path.slice(path.lastIndexOf("/") + 1);
    expect(answer.body).toMatchObject({
      reason: "Forbidden",
      message: `${plural}.${GROUP} "reader" is forbidden: ${ATTEMPT}${missing ?? READ}`,
      details: { name: "reader", group: GROUP, kind: plural },
    });
  });

  it.each<[string, string, object, string]>([
    ["PUT", "application/json", role(reads), "reader"],
    ["PATCH", MERGE, { rules: [reads] }, "reader"],
    ["PATCH", APPLY, { apiVersion: `${GROUP}/v1`, kind: "Role", ...role(reads) }, "reader"],
  ])("%s of %s is looked at as a create is", (method, type, body) => {
    const api = plane();
    admin(api, `${HOME}/roles`, role());
    const { code } = asBob(api, method, `${HOME}/roles/reader?fieldManager=me`, body, type);
    expect(code).toBe(403);
  });

  it("lets the garbage collector's fields of any role be changed", () => {
    const api = plane();
    admin(api, `${HOME}/roles`, role(reads));
    const finalizers = { metadata: { finalizers: ["a.io/b"] } };
    const labels = { metadata: { labels: { a: "b" } } };
    expect(asBob(api, "PATCH", `${HOME}/roles/reader`, finalizers, MERGE).code).toBe(200);
    expect(asBob(api, "PATCH", `${HOME}/roles/reader`, labels, MERGE).code).toBe(403);
  });

  it("wants a cluster's administrator where roles gather rules", () => {
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] };
    const gathering = { metadata: { name: "sum" }, aggregationRule };
    const path = `${CLUSTER}/clusterroles`;
    const why = `clusterroles.${GROUP} "sum" is forbidden: must have cluster-admin privileges to use the aggregationRule`;
    const api = plane({ everywhere: [reads] });
    expect(asBob(api, "POST", path, gathering).body).toMatchObject({ message: why });
    admin(api, path, gathering);
    const plain = { aggregationRule: null };
    expect(asBob(api, "PATCH", `${path}/sum`, plain, MERGE).body).toMatchObject({ message: why });
  });
});

describe("who may write bindings binds only roles whose rules he holds", () => {
  const reads = rule("get list", "pods");

  it.each<[string, Parameters<typeof plane>[0], number]>([
    ["none of its rules", {}, 403],
    ["its rules", { here: [reads] }, 201],
    ["`bind` for another role", { here: [rule("bind", "roles", { resourceNames: ["x"] })] }, 403],
    ["`bind`", { here: [rule("bind", "roles", { resourceNames: ["reader"] })] }, 201],
    ["`escalate`", { here: [rule("escalate", "roles")] }, 403],
  ])("with %s", (_, held, code) => {
    const api = plane(held);
    admin(api, `${HOME}/roles`, role(reads));
    const answer = asBob(api, "POST", `${HOME}/rolebindings`, binding("Role", "reader"));
    expect(answer.code).toBe(code);
    if (code === 201) return;
    const message = `rolebindings.${GROUP} "readers" is forbidden: ${ATTEMPT}${READ}`;
    expect(answer.body).toMatchObject({ message });
  });

  it("needs the role to be there to know its rules, but not with `bind`", () => {
    const body = binding("ClusterRole", "none");
    const path = `${CLUSTER}/clusterrolebindings`;
    const missing = asBob(plane(), "POST", path, body);
    expect(missing).toMatchObject({
      code: 404,
      body: { message: `clusterroles.${GROUP} "none" not found` },
    });
    const may = plane({ everywhere: [rule("bind", "clusterroles")] });
    expect(asBob(may, "POST", path, body).code).toBe(201);
  });
});

describe("a binding whose role is missing", () => {
  const subjects = [{ kind: "Group", apiGroup: GROUP, name: "dev" }];
  const dangling = () => {
    const api = plane();
    for (const name of ["gone", "lost"]) {
      const body = { ...binding("ClusterRole", name), metadata: { name }, subjects };
      admin(api, `${HOME}/rolebindings`, body);
    }
    return api;
  };
  const told = `[clusterrole.${GROUP} "gone" not found, clusterrole.${GROUP} "lost" not found]`;

  it("is told of where a request is refused, and in reviews", () => {
    const api = dangling();
    expect(asBob(api, "GET", "/api/v1/namespaces/default/pods").body).toMatchObject({
      message: `pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default": RBAC: ${told}`,
    });
    const reviews = "/apis/authorization.k8s.io/v1";
    const resourceAttributes = { namespace: "default", verb: "list", resource: "pods" };
    const asked = { spec: { resourceAttributes } };
    const access = asBob(api, "POST", `${reviews}/selfsubjectaccessreviews`, asked);
    expect(access.body).toMatchObject({ status: { allowed: false, reason: `RBAC: ${told}` } });
    // What is never stored has its manager, too, but no time of its making.
    const { metadata } = access.body as { metadata: object };
    expect(Object.keys(metadata)).toEqual(["managedFields"]);
    const where = { spec: { namespace: "default" } };
    const rules = asBob(api, "POST", `${reviews}/selfsubjectrulesreviews`, where);
    expect(rules.body).toMatchObject({ status: { evaluationError: told } });
  });

  it("is told of where rights are not held", () => {
    const answer = asBob(dangling(), "POST", `${HOME}/roles`, role(rule("get list", "pods")));
    expect(answer.body).toMatchObject({
      message: `roles.${GROUP} "reader" is forbidden: ${ATTEMPT}${READ}; resolution errors: [[clusterroles.${GROUP} "gone" not found, clusterroles.${GROUP} "lost" not found]]`,
    });
  });
});

describe("rules cover rules", () => {
  const verbs = ["get"];
  const apiGroups = [""];
  it.each<[boolean, PolicyRule, PolicyRule]>([
    [true, { verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, rule("get list", "pods/log")],
    [true, { verbs, apiGroups, resources: ["*/log"] }, rule("get", "pods/log")],
    [false, { verbs, apiGroups, resources: ["*/log"] }, rule("get", "pods")],
    [true, rule("get", "pods"), rule("get", "pods", { resourceNames: ["x"] })],
    [false, rule("get", "pods", { resourceNames: ["x"] }), rule("get", "pods")],
    [
      true,
      rule("get", "pods", { resourceNames: ["x", "y"] }),
      rule("get", "pods", { resourceNames: ["y"] }),
    ],
    [true, { verbs, nonResourceURLs: ["/a/*"] }, { verbs, nonResourceURLs: ["/a/b", "/a/*"] }],
    [false, { verbs, nonResourceURLs: ["/a/*"] }, { verbs, nonResourceURLs: ["/a"] }],
    [false, rule("get", "pods"), rule("*", "pods")],
    [true, rule("get", "pods"), { verbs: [], apiGroups, resources: ["secrets"] }],
  ])("%j: %j, %j", (covers, owned, wanted) => {
    expect(uncovered([owned], [wanted]).length === 0).toBe(covers);
  });
});
