import { describe, expect, it } from "vitest";
import { RestApi } from "../../sim/api/rest/rest-api.ts";
import { bareApi, request } from "./bare-api.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

function names(body: unknown): readonly string[] {
  const { items } = body as { readonly items: readonly { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name);
}

describe("what every cluster has without a write", () => {
  it.each([
    [`${RBAC}/clusterroles`, "cluster-admin"],
    [`${RBAC}/clusterrolebindings`, "system:discovery"],
    ["/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", "catch-all"],
    ["/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations", "workload-low"],
    ["/apis/apiregistration.k8s.io/v1/apiservices", "v1.apps"],
    ["/apis/networking.k8s.io/v1/servicecidrs", "kubernetes"],
    ["/api/v1/componentstatuses", "etcd-0"],
  ])("%s lists %s, and it can be read alone", (path, name) => {
    const plane = bareApi();
    expect(names(request(plane, "GET", path).body)).toContain(name);
    expect(request(plane, "GET", `${path}/${name}`)).toMatchObject({
      code: 200,
      body: { metadata: { name } },
    });
    expect(plane.store.revision, "nothing was written for it").toBe(1);
  });

  it("is not written by a deletion that only tries", () => {
    const plane = bareApi();
    const body = { kind: "DeleteOptions", apiVersion: "v1", dryRun: ["All"] };
    request(plane, "DELETE", `${RBAC}/clusterroles/view`, body);
    expect(plane.store.revision).toBe(1);
    expect(request(plane, "DELETE", `${RBAC}/clusterroles/view`).code).toBe(200);
  });

  it("comes in pieces like everything else, in order", () => {
    const plane = bareApi();
    const path = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
    const first = request(plane, "GET", `${path}?limit=5`).body as any;
    const rest = request(plane, "GET", `${path}?continue=${first.metadata.continue}`).body as any;
    const all = names(request(plane, "GET", path).body);
    expect(names(first)).toHaveLength(5);
    expect([...names(first), ...names(rest)]).toEqual(all);
    expect(all).toEqual(all.toSorted());
  });

  it("keeps an address for each address of a Service", () => {
    const plane = bareApi();
    for (const [name, spec] of [
      ["web", { ports: [{ port: 80 }] }],
      ["none", { clusterIP: "None" }],
    ] as const)
      request(plane, "POST", "/api/v1/namespaces/default/services", { metadata: { name }, spec });
    const { items } = request(plane, "GET", "/apis/networking.k8s.io/v1/ipaddresses").body as any;
    expect(items).toMatchObject([{ spec: { parentRef: { namespace: "default", name: "web" } } }]);
  });

  it("steps back behind a stored object of its name", () => {
    const plane = bareApi();
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
    request(plane, "POST", `${RBAC}/clusterroles`, { metadata: { name: "view" }, rules });
    const { items } = request(plane, "GET", `${RBAC}/clusterroles`).body as any;
    const views = items.filter((one: any) => one.metadata.name === "view");
    expect(views).toHaveLength(1);
    expect(views[0].rules).toEqual(rules);
  });
});

describe("a write to what stands in every cluster", () => {
  const view = `${RBAC}/clusterroles/view`;
  const merge = "application/merge-patch+json";

  it("stores it first, whole", () => {
    const plane = bareApi();
    const before = request(plane, "GET", view).body as any;
    const patch = { metadata: { labels: { mine: "yes" } } };
    expect(request(plane, "PATCH", view, patch, merge).code).toBe(200);
    const after = request(plane, "GET", view).body as any;
    expect(after.metadata.labels).toEqual({ ...before.metadata.labels, mine: "yes" });
    expect(after.rules).toEqual(before.rules);
  });

  it.each([
    "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/service-accounts/status",
    "/apis/networking.k8s.io/v1/servicecidrs/kubernetes/status",
  ])("is possible through %s", (path) => {
    const plane = bareApi();
    const condition = {
      type: "Seen",
      status: "True",
      reason: "Looked",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const { code, body } = request(
      plane,
      "PATCH",
      path,
      { status: { conditions: [condition] } },
      merge,
    );
    expect(code).toBe(200);
    expect((body as any).status.conditions).toEqual([expect.objectContaining({ type: "Seen" })]);
    expect(request(plane, "GET", path.slice(0, -"/status".length)).body).toEqual(body);
  });

  it("is one write, of the object that was read", () => {
    const plane = bareApi();
    const before = request(plane, "GET", view).body as any;
    const sent = { ...before, metadata: { ...before.metadata, labels: { mine: "yes" } } };
    const { code, body } = request(plane, "PUT", view, sent);
    expect(code).toBe(200);
    expect((body as any).metadata.uid).toBe(before.metadata.uid);
    expect(plane.store.changesSince("ClusterRole", 1)?.map(({ type }) => type)).toEqual(["ADDED"]);
  });

  it.each([
    ["PATCH", { rules: [{ verbs: [] }] }, merge, 422],
    ["PATCH", { metadata: { resourceVersion: "77" } }, merge, 409],
    ["PATCH", [{ op: "test", path: "/kind", value: "Pod" }], "application/json-patch+json", 422],
    ["PUT", { metadata: { name: "edit" } }, "application/json", 400],
    ["DELETE", { preconditions: { uid: "another" } }, "application/json", 409],
    ["DELETE", { propagationPolicy: "Sideways" }, "application/json", 422],
    ["POST", {}, "application/json", 405],
  ])("is no write when it is refused: %s %j", (method, body, type, code) => {
    const plane = bareApi();
    expect(request(plane, method, view, body, type).code).toBe(code);
    expect(plane.store.revision).toBe(1);
  });

  it.each([
    `${RBAC}/clusterroles/view`,
    `${RBAC}/clusterrolebindings/system:discovery`,
    "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/service-accounts",
    "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/system",
    "/apis/apiregistration.k8s.io/v1/apiservices/v1.apps",
    "/apis/networking.k8s.io/v1/servicecidrs/kubernetes",
  ])("is possible for %s, and does nothing in a dry run", (path) => {
    const plane = bareApi();
    const patch = { metadata: { labels: { mine: "yes" } } };
    const { revision } = plane.store;
    expect(request(plane, "PATCH", `${path}?dryRun=All`, patch, merge)).toMatchObject({
      code: 200,
      body: { metadata: { labels: { mine: "yes" } } },
    });
    expect(plane.store.revision).toBe(revision);
    expect(request(plane, "PATCH", path, patch, merge)).toMatchObject({
      code: 200,
      body: { metadata: { labels: { mine: "yes" } } },
    });
  });
});

describe("access by roles", () => {
  const bob = { name: "bob", groups: ["system:authenticated"] };
  const pods = "/api/v1/namespaces/default/pods";
  const mayList = (rest: RestApi): number =>
    rest.handle({ method: "GET", path: pods, user: bob }).code;
  const grant = (plane: ReturnType<typeof bareApi>, name: string): void => {
    request(plane, "POST", `${RBAC}/namespaces/default/rolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "bob" }],
    });
  };

  it.each(["view", "edit", "admin", "cluster-admin"])("lets bob read pods as %s", (role) => {
    const plane = bareApi();
    expect(mayList(plane.rest)).toBe(403);
    grant(plane, role);
    expect(mayList(plane.rest)).toBe(200);
    const removed = plane.rest.handle({ method: "DELETE", path: `${pods}/x`, user: bob });
    expect(removed.code).toBe(role === "view" ? 403 : 404);
  });

  it("gives view what users add to it by a label", () => {
    const plane = bareApi();
    grant(plane, "view");
    const nodes = { method: "GET", path: "/api/v1/namespaces/default/secrets", user: bob };
    expect(plane.rest.handle(nodes).code).toBe(403);
    request(plane, "POST", `${RBAC}/clusterroles`, {
      metadata: { name: "more", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }],
    });
    expect(plane.rest.handle(nodes).code).toBe(200);
  });

  it("is unlimited, and without roles of its own, where the server always allows", () => {
    const { api } = bareApi();
    const rest = new RestApi(api, { authorization: "AlwaysAllow" });
    expect(mayList(rest)).toBe(200);
    const list = rest.handle({ method: "GET", path: `${RBAC}/clusterroles` });
    expect(names(list.body)).toEqual([]);
  });
});
