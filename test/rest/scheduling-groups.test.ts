import { describe, expect, it, test } from "vitest";
import type { RestRequest } from "../../sim/api/rest/request.ts";
import { RestApi } from "../../sim/api/rest/rest-api.ts";
import { type ClusterConfig, createCluster } from "../../sim/cluster.ts";

const serve = (scheduler?: ClusterConfig["scheduler"]) => {
  const cluster = createCluster({
    seed: "1",
    nodes: [],
    ...(scheduler === undefined ? {} : { scheduler }),
  });
  const rest = new RestApi(cluster.api, { virtual: cluster.virtual });
  return (method: string, path: string, body?: object, more: Partial<RestRequest> = {}) => {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return rest.handle({
      method,
      path,
      contentType: "application/json",
      ...text,
      ...more,
    } as RestRequest) as { code: number; body: any; watch?: unknown };
  };
};

const gang = { schedulingPolicy: { gang: { minCount: 2 } } };
const cases = [
  ["elastic-quota", "scheduling.x-k8s.io/v1alpha1", "ElasticQuota", { min: { cpu: "1" } }],
  ["coscheduling", "scheduling.x-k8s.io/v1alpha1", "PodGroup", { minMember: 2 }],
  ["gang", "scheduling.k8s.io/v1alpha2", "PodGroup", gang],
  [
    "gang",
    "scheduling.k8s.io/v1alpha2",
    "Workload",
    { podGroupTemplates: [{ name: "a", ...gang }] },
  ],
] as const;

describe("kinds that a scheduler plugin brings along", () => {
  it.each(cases)("%s serves %s %s over REST", (scheduler, apiVersion, kind, spec) => {
    const ask = serve(scheduler);
    const plural = `${kind.toLowerCase()}s`;
    const all = `/apis/${apiVersion}/namespaces/default/${plural}`;
    const one = `${all}/a`;
    const made = ask("POST", all, { apiVersion, kind, metadata: { name: "a" }, spec });
    expect([made.code, made.body.kind]).toEqual([201, kind]);
    expect(ask("GET", one).body.spec).toEqual(spec);
    const list = ask("GET", all);
    expect([list.body.kind, list.body.items.length]).toEqual([`${kind}List`, 1]);
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    expect(ask("GET", all, undefined, { accept }).body).toMatchObject({
      kind: "Table",
      rows: [{ cells: ["a", expect.anything()] }],
    });
    expect(ask("GET", all, undefined, { query: "watch=true" }).watch).toBeDefined();
    const labels = { metadata: { labels: { patched: "yes" } } };
    const contentType = "application/merge-patch+json";
    expect(ask("PATCH", one, labels, { contentType }).body.metadata.labels).toEqual({
      patched: "yes",
    });
    expect(ask("POST", all, { apiVersion, kind, metadata: { name: "b" } }).code).toBe(422);
    const served = ask("GET", `/apis/${apiVersion}`).body.resources;
    expect(served.map(({ name }: { name: string }) => name)).toContain(plural);
    const groups = ask("GET", "/apis").body.groups;
    const versions = groups.flatMap((group: any) => group.versions);
    expect(versions.map((each: any) => each.groupVersion)).toContain(apiVersion);
    expect(ask("DELETE", one).code).toBe(200);
    expect(ask("GET", one).code).toBe(404);
  });

  test("are served nowhere else", () => {
    const ask = serve();
    for (const [, apiVersion, kind] of cases) {
      expect(ask("GET", `/apis/${apiVersion}/${kind.toLowerCase()}s`).code).toBe(404);
      expect(ask("GET", `/apis/${apiVersion}`).code).toBe(404);
    }
  });
});
