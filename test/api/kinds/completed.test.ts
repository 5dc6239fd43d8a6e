import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";

/* What a new object reads like where the recorded rows do not say it. */

const CORE = "/api/v1/namespaces/default";
const template = (labels: object) => ({
  metadata: { labels },
  spec: { containers: [{ name: "c", image: "i" }], restartPolicy: "Never" },
});
const claim = (resources: object) => ({ accessModes: ["ReadWriteOnce"], resources });
const workload = { selector: { matchLabels: { a: "b" } } };
const FINE = "1500u";

/** [what, path, the object without its name, what is looked at in the answer] */
const rows: readonly (readonly [string, string, object, object])[] = [
  [
    "where a StatefulSet starts counting, also from 0",
    "/apis/apps/v1/namespaces/default/statefulsets",
    {
      spec: {
        ...workload,
        serviceName: "s",
        ordinals: { start: 0 },
        template: { ...template({ a: "b" }), spec: { containers: [{ name: "c", image: "i" }] } },
      },
    },
    { spec: { ordinals: { start: 0 } } },
  ],
  [
    "the namespaces of a rule about cluster-wide requests",
    "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    {
      spec: {
        priorityLevelConfiguration: { name: "p" },
        rules: [
          {
            subjects: [{ kind: "User", user: { name: "u" } }],
            resourceRules: [
              { verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true },
            ],
          },
        ],
      },
    },
    { spec: { rules: [{ resourceRules: [{ clusterScope: true, namespaces: null }] }] } },
  ],
  [
    "the old members of a new event",
    "/apis/events.k8s.io/v1/namespaces/default/events",
    {
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "a.b/c",
      reportingInstance: "i",
      action: "A",
      reason: "R",
      type: "Normal",
    },
    {
      regarding: {},
      deprecatedSource: {},
      deprecatedFirstTimestamp: null,
      deprecatedLastTimestamp: null,
    },
  ],
  [
    "the status of a condition that a cron job's pods may fail for",
    "/apis/batch/v1/namespaces/default/cronjobs",
    {
      spec: {
        schedule: "* * * * *",
        jobTemplate: {
          spec: {
            template: template({}),
            podFailurePolicy: {
              rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }],
            },
          },
        },
      },
    },
    {
      spec: {
        jobTemplate: {
          spec: {
            podFailurePolicy: {
              rules: [{ onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
            },
          },
        },
      },
    },
  ],
  [
    "that a group which the API server serves itself is there",
    "/apis/apiregistration.k8s.io/v1/apiservices",
    {
      metadata: { name: "v1.a.b" },
      spec: { group: "a.b", version: "v1", groupPriorityMinimum: 10, versionPriority: 10 },
    },
    {
      status: {
        conditions: [
          {
            type: "Available",
            status: "True",
            lastTransitionTime: "2026-01-01T00:00:00Z",
            reason: "Local",
            message: "Local APIServices are always available",
          },
        ],
      },
    },
  ],
  [
    "a quota in thousandths",
    `${CORE}/resourcequotas`,
    { spec: { hard: { cpu: FINE } } },
    { spec: { hard: { cpu: "2m" } } },
  ],
  [
    "bounds in thousandths",
    `${CORE}/limitranges`,
    { spec: { limits: [{ type: "Container", max: { cpu: FINE } }] } },
    {
      spec: {
        limits: [{ max: { cpu: "2m" }, default: { cpu: "2m" }, defaultRequest: { cpu: "2m" } }],
      },
    },
  ],
  [
    "what a sandbox costs in thousandths",
    "/apis/node.k8s.io/v1/runtimeclasses",
    { handler: "h", overhead: { podFixed: { cpu: FINE } } },
    { overhead: { podFixed: { cpu: "2m" } } },
  ],
  [
    "a node's capacity in thousandths",
    "/api/v1/nodes",
    { status: { capacity: { cpu: FINE } } },
    { status: { capacity: { cpu: "2m" }, allocatable: { cpu: "2m" } } },
  ],
  [
    "a volume's capacity in thousandths",
    "/api/v1/persistentvolumes",
    { spec: { ...claim({}), capacity: { storage: "1000000500u" }, hostPath: { path: "/a" } } },
    { spec: { capacity: { storage: "1000001m" } } },
  ],
  [
    "a claim's wishes in thousandths",
    `${CORE}/persistentvolumeclaims`,
    { spec: claim({ requests: { storage: "1000000500u" } }) },
    { spec: { resources: { requests: { storage: "1000001m" } } } },
  ],
];

describe("A new object says", () => {
  it.each(rows)("%s", (_, path, object, expected) => {
    const bare = bareApi("completed");
    const answer = request(bare, "POST", path, { metadata: { name: "x" }, ...object });
    expect(answer.body).toMatchObject(expected);
  });
});

describe("Changes of a CSIDriver are counted", () => {
  it("from its first one", () => {
    const bare = bareApi("drivers");
    const path = "/apis/storage.k8s.io/v1/csidrivers";
    const made = request(bare, "POST", path, { metadata: { name: "d" }, spec: {} });
    expect((made.body as any).metadata.generation).toBeUndefined();
    const change = (requiresRepublish: boolean) => {
      const body = { spec: { requiresRepublish } };
      const answer = request(bare, "PATCH", `${path}/d`, body, "application/merge-patch+json");
      return (answer.body as any).metadata.generation;
    };
    expect([change(true), change(true), change(false)]).toEqual([1, 1, 2]);
  });
});

describe("What belongs to features that v1.36 has off", () => {
  it.each([
    [
      "/apis/coordination.k8s.io/v1/namespaces/default/leases",
      { strategy: "OldestEmulationVersion", preferredHolder: "a" },
    ],
    ["/apis/storage.k8s.io/v1/csidrivers", { preventPodSchedulingIfMissing: true }],
  ])("is dropped from %s", (path, spec) => {
    const { body } = request(bareApi(), "POST", path, { metadata: { name: "x" }, spec });
    for (const field of Object.keys(spec)) expect((body as any).spec).not.toHaveProperty(field);
  });
});

describe("A link to itself", () => {
  it("is not kept", () => {
    const metadata = { name: "c", selfLink: "/somewhere" };
    const { body } = request(bareApi(), "POST", `${CORE}/configmaps`, { metadata });
    expect((body as any).metadata.selfLink).toBeUndefined();
  });
});
