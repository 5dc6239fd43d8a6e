import { beforeEach, describe, expect, it } from "vitest";
import { Fairness } from "../../sim/api/fairness/fairness.ts";
import type { FlowRequest } from "../../sim/api/fairness/flow-schemas.ts";
import { LevelQueues } from "../../sim/api/fairness/level-queues.ts";
import { RestApi } from "../../sim/api/rest/rest-api.ts";
import { standingObjects } from "../../sim/api/standing/standing-objects.ts";
import { MILLISECOND, SECOND } from "../../sim/engine/time.ts";
import { type BareApi, bareApi, request } from "./bare-api.ts";

const FLOW = "flowcontrol.apiserver.k8s.io/v1";
const WORK = 2 * MILLISECOND;

let bare: BareApi;
beforeEach(() => {
  bare = bareApi();
});

const fairnessOf = ({ api }: BareApi, seats?: number) =>
  new Fairness(
    api.store,
    standingObjects(api.store, () => [], false),
    seats,
  );

const user = (name: string, ...groups: string[]) => ({
  name,
  groups: [...groups, "system:authenticated"],
});
const pods: Omit<FlowRequest, "user"> = {
  verb: "list",
  group: "",
  resource: "pods",
  namespace: "x",
};
const lease = {
  verb: "update",
  group: "coordination.k8s.io",
  resource: "leases",
  namespace: "kube-node-lease",
};
const node = user("system:node:a", "system:nodes");
const scheduler = user("system:kube-scheduler");
const accounts = "system:serviceaccounts";

describe("priority and fairness", () => {
  it.each<[string, FlowRequest, string, string]>([
    ["the administrator", { ...pods, user: user("admin", "system:masters") }, "exempt", ""],
    ["a probe", { user: user("x"), verb: "get", path: "/readyz" }, "exempt", ""],
    ["another path", { user: user("x"), verb: "get", path: "/version" }, "global-default", "x"],
    ["a kubelet's lease", { ...lease, user: node }, "node-high", "system:node:a"],
    [
      "a kubelet's node",
      { user: node, verb: "patch", group: "", resource: "nodes/status" },
      "node-high",
      "system:node:a",
    ],
    ["a kubelet's pods", { ...pods, user: node }, "system", "system:node:a"],
    [
      "the scheduler's lease",
      { ...lease, user: scheduler },
      "leader-election",
      "system:kube-scheduler",
    ],
    ["the scheduler's pods", { ...pods, user: scheduler }, "workload-high", "x"],
    [
      "a controller's account",
      { ...pods, user: user("system:serviceaccount:kube-system:job-controller", accounts) },
      "workload-high",
      "x",
    ],
    [
      "any account",
      { ...pods, user: user("system:serviceaccount:shop:bot", accounts) },
      "workload-low",
      "system:serviceaccount:shop:bot",
    ],
    ["a person", { ...pods, user: user("ann") }, "global-default", "ann"],
  ])("puts requests of %s on their level", (_, asked, level, distinguisher) => {
    const flow = fairnessOf(bare).classify(asked);
    expect([flow?.level.metadata.name, flow?.distinguisher]).toEqual([level, distinguisher]);
  });

  it("goes by the schemas and levels that users write, by precedence", () => {
    request(bare, "POST", `/apis/${FLOW}/prioritylevelconfigurations`, {
      apiVersion: FLOW,
      kind: "PriorityLevelConfiguration",
      metadata: { name: "slow" },
      spec: {
        type: "Limited",
        limited: { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } },
      },
    });
    const fairness = fairnessOf(bare);
    const asked = { ...pods, user: user("ann") };
    expect(fairness.classify(asked)?.level.metadata.name).toBe("global-default");
    request(bare, "POST", `/apis/${FLOW}/flowschemas`, {
      apiVersion: FLOW,
      kind: "FlowSchema",
      metadata: { name: "ann" },
      spec: {
        priorityLevelConfiguration: { name: "slow" },
        matchingPrecedence: 5000,
        distinguisherMethod: { type: "ByNamespace" },
        rules: [
          {
            subjects: [{ kind: "User", user: { name: "ann" } }],
            resourceRules: [
              { verbs: ["list"], apiGroups: [""], resources: ["pods"], namespaces: ["x"] },
            ],
          },
        ],
      },
    });
    const flow = fairness.classify(asked);
    expect([flow?.level.metadata.name, flow?.distinguisher]).toEqual(["slow", "x"]);
    expect(fairness.classify({ ...asked, namespace: "y" })?.level.metadata.name).toBe(
      "global-default",
    );
    // One share of 246 of 600 seats is three seats, and this level has no queue.
    const delays = [0, 1, 2].map(() => flow && fairness.delay(flow, 0, 1));
    expect(delays).toEqual([WORK, WORK, WORK]);
    expect(() => flow && fairness.delay(flow, 0, 1)).toThrow("Too many requests");
    expect(flow && fairness.delay(flow, WORK, 1)).toBe(WORK);
  });

  it("tells the class of a request, also of one that fails", () => {
    const rest = new RestApi(bare.api, { fairness: true });
    const ask = (path: string, name: string) =>
      rest.handle({ method: "GET", path, user: user(name, "system:masters") });
    const levels = rest.handle({
      method: "GET",
      path: `/apis/${FLOW}/prioritylevelconfigurations/exempt`,
    });
    const { uid } = (levels.body as { metadata: { uid: string } }).metadata;
    for (const path of ["/api/v1/pods", "/api/v1/namespaces/x/pods/none", "/version"])
      expect(ask(path, "ann").flow?.level).toBe(uid);
    expect(new RestApi(bare.api).handle({ method: "GET", path: "/version" }).flow).toBeUndefined();
  });
});

describe("the queues of a level", () => {
  const limits = { seats: 2, queues: 16, handSize: 2, queueLength: 4 };

  it("let work as many as there are seats, and the others one after another", () => {
    const level = new LevelQueues(limits);
    const starts = [0, 1, 2, 3, 4].map(() => level.admit("a", 0, 1, 10));
    expect(starts).toEqual([0, 0, 10, 15, 20]);
    expect(level.admit("a", 100, 1, 10)).toBe(100);
  });

  it("take turns: a flow does not wait for all that another one has queued", () => {
    const level = new LevelQueues(limits);
    const heavy = Array.from({ length: 9 }, () => level.admit("heavy", 0, 1, 10));
    const light = level.admit("light", 0, 1, 10);
    expect(light).toBeLessThan(Math.max(...(heavy as number[])));
  });

  it("refuse what finds its hand full, what would wait too long, and everybody where there are none", () => {
    const full = new LevelQueues(limits);
    const answers = Array.from({ length: 12 }, () => full.admit("a", 0, 1, 10));
    expect(answers.slice(-2)).toEqual(["queue-full", "queue-full"]);
    const slow = new LevelQueues({ ...limits, seats: 1 });
    slow.admit("a", 0, 1, 16 * SECOND);
    expect(slow.admit("a", 0, 1, 1)).toBe("time-out");
    const none = new LevelQueues({ ...limits, queues: 0 });
    expect([0, 1, 2].map(() => none.admit("a", 0, 1, 10))).toEqual([0, 0, "concurrency-limit"]);
  });
});
