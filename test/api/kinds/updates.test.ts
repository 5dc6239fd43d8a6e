import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";

/*
 * What may not become of an object: a row is what is changed, the merge patch, and what is said behind "… is invalid: ".
 */
type Row = readonly [what: string, patch: object, says: string];

const MERGE = "application/merge-patch+json";
const container = { name: "main", image: "app:1" };
const template = { metadata: { labels: { a: "b" } }, spec: { containers: [container] } };
const selector = { matchLabels: { a: "b" } };

function check(path: string, object: object, door: string, rows: readonly Row[]): void {
  it.each(rows)(`refuses ${door === "" ? "" : `in ${door} `}%s`, (_what, patch, says) => {
    const bare = bareApi();
    const name = (object as { metadata: { name: string } }).metadata.name;
    expect(request(bare, "POST", path, object).code).toBe(201);
    const { body } = request(bare, "PATCH", `${path}/${name}${door}`, patch, MERGE);
    const { code, message = "" } = body as { code?: number; message?: string };
    expect([code, message.slice(message.indexOf("invalid: ") + 9)]).toEqual([422, says]);
  });
}

describe("a Deployment", () => {
  const object = { metadata: { name: "d" }, spec: { selector, template } };
  check("/apis/apps/v1/namespaces/default/deployments", object, "/status", [
    [
      "negative counts",
      { status: { replicas: -1 } },
      "[status.replicas: Invalid value: -1: must be greater than or equal to 0, status.updatedReplicas: Invalid value: 0: cannot be greater than status.replicas, status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas, status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas]",
    ],
    [
      "more available than ready",
      { status: { replicas: 3, readyReplicas: 1, availableReplicas: 2 } },
      "status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas",
    ],
  ]);
});

describe("a StatefulSet", () => {
  const object = { metadata: { name: "s" }, spec: { selector, template, serviceName: "s" } };
  const path = "/apis/apps/v1/namespaces/default/statefulsets";
  check(path, object, "", [
    [
      "another service",
      { spec: { serviceName: "t" } },
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  ]);
  check(path, object, "/status", [
    [
      "more current than there are",
      { status: { replicas: 1, currentReplicas: 2 } },
      "status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas",
    ],
  ]);

  it("is created with a service that can be one", () => {
    const spec = { ...object.spec, serviceName: "a.b" };
    const { body } = request(bareApi(), "POST", path, { ...object, spec });
    expect(body).toMatchObject({
      message:
        'StatefulSet.apps "s" is invalid: spec.serviceName: Invalid value: "a.b": must not contain dots',
    });
  });

  it("warns of a negative limit of revisions", () => {
    const spec = { ...object.spec, revisionHistoryLimit: -1 };
    expect(request(bareApi(), "POST", path, { ...object, spec }).warnings).toEqual([
      "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
    ]);
  });
});

describe("a change of a workload", () => {
  const rc = { metadata: { name: "r" }, spec: { selector: { a: "b" }, template } };
  const object = { metadata: { name: "r" }, spec: { selector, template } };
  const apps = "/apis/apps/v1/namespaces/default";

  it.each([
    [`${apps}/replicasets`, object, { replicas: -1 }, "spec.replicas"],
    [`${apps}/daemonsets`, object, { minReadySeconds: -1 }, "spec.minReadySeconds"],
    ["/api/v1/namespaces/default/replicationcontrollers", rc, { replicas: -1 }, "spec.replicas"],
  ])("of %s is told once", (path, made, spec, field) => {
    const bare = bareApi();
    request(bare, "POST", path, made);
    const { body } = request(bare, "PATCH", `${path}/r`, { spec }, MERGE) as any;
    expect(body.details.causes.map((cause: any) => cause.field)).toEqual([field]);
  });
});

describe("a ControllerRevision", () => {
  const object = { metadata: { name: "c" }, revision: 1, data: { a: 1 } };
  const path = "/apis/apps/v1/namespaces/default/controllerrevisions";
  check(path, object, "", [
    ["other data", { data: { a: 2 } }, 'data: Invalid value: {"a":2}: field is immutable'],
    [
      "a negative number",
      { revision: -1 },
      "revision: Invalid value: -1: must be greater than or equal to 0",
    ],
  ]);

  it("needs data", () => {
    const { body } = request(bareApi(), "POST", path, { metadata: { name: "c" }, revision: 1 });
    expect(body).toMatchObject({
      message: 'ControllerRevision.apps "c" is invalid: data: Required value: data is mandatory',
    });
  });
});

describe("a Job", () => {
  const pod = { spec: { restartPolicy: "Never", containers: [container] } };
  const indexed = {
    metadata: { name: "j" },
    spec: { completionMode: "Indexed", completions: 3, parallelism: 2, template: pod },
  };
  const path = "/apis/batch/v1/namespaces/default/jobs";
  check(path, indexed, "", [
    [
      "completions without parallelism",
      { spec: { completions: 4 } },
      "spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism",
    ],
    [
      "another mode",
      { spec: { completionMode: "NonIndexed" } },
      'spec.completionMode: Invalid value: "NonIndexed": field is immutable',
    ],
  ]);
  const time = "2026-01-01T00:00:00Z";
  const condition = (type: string) => ({ type, status: "True" });
  check(path, indexed, "/status", [
    [
      "an end without a time",
      {
        status: {
          startTime: time,
          conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
        },
      },
      "status.completionTime: Required value: completionTime is required for Complete jobs",
    ],
    [
      "a failure that was not announced",
      { status: { startTime: time, conditions: [condition("Failed")] } },
      "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
    ],
    [
      "more ready than active",
      { status: { active: 1, ready: 2 } },
      "status.ready: Invalid value: 2: cannot set more ready pods than active",
    ],
    [
      "indexes that there are not",
      { status: { completedIndexes: "7" } },
      'status.completedIndexes: Invalid value: "7": error parsing completedIndexes: too large index: "7"',
    ],
  ]);

  it("keeps labels of its template that stand in the way, and is refused for them", () => {
    const labels = { "job-name": "x" };
    const template_ = { ...pod, metadata: { labels } };
    const { body } = request(bareApi(), "POST", path, {
      metadata: { name: "j" },
      spec: { template: template_ },
    }) as any;
    expect(body.details.causes).toMatchObject([
      { field: "spec.template.metadata.labels[job-name]", reason: "FieldValueInvalid" },
    ]);
    expect(body.details.causes[0].message).toMatch(/: must be 'j'$/);
  });

  it("warns of a name that makes no host names", () => {
    const { warnings } = request(bareApi(), "POST", path, {
      metadata: { name: "a.b" },
      spec: { template: pod },
    });
    expect(warnings).toEqual([
      "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ]);
  });
});

describe("a CronJob", () => {
  const spec = {
    schedule: "* * * * *",
    jobTemplate: {
      spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } },
    },
  };
  check("/apis/batch/v1/namespaces/default/cronjobs", { metadata: { name: "c" }, spec }, "", [
    [
      "a zone in the schedule",
      { spec: { schedule: "TZ=UTC * * * * *" } },
      'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [
      "a zone that is the machine's",
      { spec: { timeZone: "Local" } },
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
  ]);
});

describe("a PodDisruptionBudget", () => {
  const path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
  check(path, { metadata: { name: "b" }, spec: {} }, "/status", [
    [
      "negative counts",
      { status: { expectedPods: -1 } },
      "status.expectedPods: Invalid value: -1: must be greater than or equal to 0",
    ],
  ]);

  it("may have any name that fits into a path", () => {
    const made = (name: string) =>
      request(bareApi(), "POST", path, { metadata: { name }, spec: {} });
    expect(made("Up_Per").code).toBe(201);
    expect(made("a/b").body).toMatchObject({
      message:
        'PodDisruptionBudget.policy "a/b" is invalid: metadata.name: Invalid value: "a/b": may not contain \'/\'',
    });
  });

  it("shows the labels that it selects in order", () => {
    const spec = {
      minAvailable: 1,
      maxUnavailable: 1,
      selector: { matchLabels: { b: "1", a: "2" } },
    };
    const { body } = request(bareApi(), "POST", path, { metadata: { name: "b" }, spec });
    expect((body as { message: string }).message).toContain(
      '"Selector":{"matchLabels":{"a":"2","b":"1"}}',
    );
  });
});

describe("an autoscaler", () => {
  const object = {
    metadata: { name: "h" },
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
    },
  };
  check("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", object, "/status", [
    [
      "negative counts",
      { status: { desiredReplicas: -1 } },
      "status.desiredReplicas: Invalid value: -1: must be greater than or equal to 0",
    ],
  ]);
});

describe("a role", () => {
  const group = "/apis/rbac.authorization.k8s.io/v1";
  it.each([`${group}/namespaces/default/roles`, `${group}/clusterroles`])(
    "of %s is told of bad labels three times, and of bad rules once",
    (path) => {
      const bare = bareApi();
      request(bare, "POST", path, { metadata: { name: "r" }, rules: [] });
      const patch = {
        metadata: { labels: { "a b": "" } },
        rules: [{ apiGroups: [""], resources: ["pods"] }],
      };
      const { body } = request(bare, "PATCH", `${path}/r`, patch, MERGE) as any;
      expect(body.details.causes.map(({ field }: any) => field)).toEqual([
        ...Array.from({ length: 3 }, () => "metadata.labels"),
        "rules[0].verbs",
      ]);
    },
  );
});

describe("a body of null", () => {
  it("is an object without members", () => {
    const path = "/api/v1/namespaces/default/configmaps";
    const { body } = bareApi().rest.handle({
      method: "POST",
      path,
      contentType: "application/json",
      body: "null",
    });
    expect(body).toMatchObject({
      code: 422,
      message:
        'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    });
  });
});
