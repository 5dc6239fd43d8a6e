import { describe, expect, it } from "vitest";
import type { ApiError } from "../../../sim/api/api-error.ts";
import { evict } from "../../../sim/api/eviction.ts";
import { RestApi } from "../../../sim/api/rest/rest-api.ts";
import { ControlPlane, podOn, postPod } from "../../controllers/control-plane.ts";

interface Budget {
  readonly allowed: number;
  readonly healthy?: number;
  readonly desired?: number;
  readonly policy?: string;
}

function budget(
  plane: ControlPlane,
  name: string,
  { allowed, healthy = 2, desired = 2, policy }: Budget,
): void {
  plane.create("PodDisruptionBudget", {
    metadata: { name, namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      ...(policy === undefined ? {} : { unhealthyPodEvictionPolicy: policy }),
    },
  });
  const status = {
    observedGeneration: 1,
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: 3,
  };
  plane.edit(
    "PodDisruptionBudget",
    `default/${name}`,
    (object) => ({ ...object, status }),
    "status",
  );
}

function webPod(plane: ControlPlane, phase = "Running", ready = "True"): void {
  const pod = podOn("web", "n1");
  plane.create("Pod", { ...pod, metadata: { ...pod.metadata, labels: { app: "web" } } });
  postPod(plane, "default/web", phase, ready);
}

function refusal(plane: ControlPlane): ApiError | undefined {
  try {
    evict(plane.api, "default/web");
    return undefined;
  } catch (error) {
    return error as ApiError;
  }
}

describe("the eviction subresource", () => {
  it.each(["policy/v1", "policy/v1beta1"])("reads the message of %s", (apiVersion) => {
    const plane = new ControlPlane();
    webPod(plane);
    const answer = new RestApi(plane.api).handle({
      method: "POST",
      path: "/api/v1/namespaces/default/pods/web/eviction",
      body: { apiVersion, kind: "Eviction", metadata: { name: "web" } },
    });
    expect(answer).toMatchObject({ code: 201, body: { status: "Success" } });
  });

  it("deletes a pod without a budget and marks it as disrupted", () => {
    const plane = new ControlPlane();
    webPod(plane);
    expect(evict(plane.api, "default/web")).toMatchObject({ status: "Success", code: 201 });
    const { metadata, status } = plane.get("Pod", "default/web");
    expect(metadata.deletionTimestamp).toBeDefined();
    expect(status.conditions[1]).toMatchObject({
      type: "DisruptionTarget",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    });
  });

  it("takes one disruption off the budget and notes the pod", () => {
    const plane = new ControlPlane();
    webPod(plane);
    budget(plane, "web", { allowed: 1 });
    expect(refusal(plane)).toBeUndefined();
    const { status } = plane.get("PodDisruptionBudget", "default/web");
    expect(status.disruptionsAllowed).toBe(0);
    expect(status.disruptedPods).toEqual({ web: "2026-01-01T00:00:00Z" });
    expect(status.conditions[0]).toMatchObject({
      status: "False",
      reason: "InsufficientPods",
      message: "",
    });
  });

  it("refuses with 429 when the budget is used up, and says what it needs", () => {
    const plane = new ControlPlane();
    webPod(plane);
    budget(plane, "web", { allowed: 0 });
    expect(refusal(plane)?.status).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      reason: "TooManyRequests",
      details: {
        causes: [
          {
            reason: "DisruptionBudget",
            message: "The disruption budget web needs 2 healthy pods and has 2 currently",
          },
        ],
      },
      code: 429,
    });
    expect(plane.get("Pod", "default/web").metadata.deletionTimestamp).toBeUndefined();
  });

  it("asks to come back in 10 s while the budget's spec is newer than its status", () => {
    const plane = new ControlPlane();
    webPod(plane);
    budget(plane, "web", { allowed: 1 });
    plane.edit("PodDisruptionBudget", "default/web", (object) => ({
      ...object,
      spec: { ...object.spec, maxUnavailable: 1 },
    }));
    expect(refusal(plane)).toMatchObject({ code: 429, retryAfterSeconds: 10 });
  });

  it("answers 500 when two budgets select the pod", () => {
    const plane = new ControlPlane();
    webPod(plane);
    budget(plane, "one", { allowed: 1 });
    budget(plane, "two", { allowed: 1 });
    expect(refusal(plane)?.status).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message:
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
      code: 500,
    });
  });

  it.each(["Pending", "Succeeded", "Failed"])(
    "lets a pod go that is %s whatever the budget",
    (phase) => {
      const plane = new ControlPlane();
      webPod(plane, phase, "False");
      budget(plane, "web", { allowed: 0 });
      expect(refusal(plane)).toBeUndefined();
    },
  );

  it.each([
    ["AlwaysAllow", 0, 2, true],
    ["IfHealthyBudget", 1, 2, false],
    ["IfHealthyBudget", 2, 2, true],
    ["IfHealthyBudget", 0, 0, false],
    [undefined, 2, 2, true],
  ])(
    "with policy %s and %d of %d healthy pods a broken pod may go: %s",
    (policy, healthy, desired, goes) => {
      const plane = new ControlPlane();
      webPod(plane, "Running", "False");
      budget(plane, "web", {
        allowed: 0,
        healthy,
        desired,
        ...(policy === undefined ? {} : { policy }),
      });
      expect(refusal(plane) === undefined).toBe(goes);
      expect(plane.get("PodDisruptionBudget", "default/web").status.disruptionsAllowed).toBe(0);
    },
  );

  it("changes nothing on a dry run", () => {
    const plane = new ControlPlane();
    webPod(plane);
    budget(plane, "web", { allowed: 1 });
    const { revision } = plane.store;
    evict(plane.api, "default/web", { dryRun: true });
    expect(plane.store.revision).toBe(revision);
  });
});
