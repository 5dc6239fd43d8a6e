import { describe, expect, it } from "vitest";
import { bareApi, request } from "./bare-api.ts";

const PODS = "/api/v1/namespaces/default/pods";
const JOBS = "/apis/batch/v1/namespaces/default/jobs";

/** A running pod with finalizers of its own, or none. */
function runningPod(finalizers: readonly string[]) {
  const plane = bareApi();
  const spec = { nodeName: "node-1", containers: [{ name: "main", image: "main:1" }] };
  plane.api.create("ServiceAccount", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  });
  const { code } = request(plane, "POST", PODS, { metadata: { name: "a", finalizers }, spec });
  expect(code).toBe(201);
  return plane;
}

describe("a second deletion", () => {
  const FOREGROUND = "foregroundDeletion";
  it.each([
    // As long as the first one's grace goes on, only an earlier end is heeded, and what comes with it.
    [{}, { propagationPolicy: "Foreground" }, [30, ["a/b"]]],
    [{}, { propagationPolicy: "Foreground", gracePeriodSeconds: 30 }, [30, ["a/b"]]],
    [{}, { propagationPolicy: "Foreground", gracePeriodSeconds: 60 }, [30, ["a/b"]]],
    [{}, { propagationPolicy: "Foreground", gracePeriodSeconds: 5 }, [5, ["a/b", FOREGROUND]]],
    [{}, { propagationPolicy: "Orphan", gracePeriodSeconds: -1 }, [1, ["a/b", "orphan"]]],
    [{ propagationPolicy: "Orphan" }, { propagationPolicy: "Background" }, [30, ["a/b", "orphan"]]],
    // Without grace left finalizers follow the policy.
    [
      { gracePeriodSeconds: 0 },
      { propagationPolicy: "Foreground", gracePeriodSeconds: 0 },
      [0, ["a/b", FOREGROUND]],
    ],
    [
      { gracePeriodSeconds: 0, propagationPolicy: "Foreground" },
      { propagationPolicy: "Background" },
      [0, ["a/b"]],
    ],
  ])("of a pod after %j with %j leaves %j", (first, second, wanted) => {
    const plane = runningPod(["a/b"]);
    request(plane, "DELETE", `${PODS}/a`, first);
    request(plane, "DELETE", `${PODS}/a`, second);
    const { metadata } = request(plane, "GET", `${PODS}/a`).body as any;
    expect([metadata.deletionGracePeriodSeconds, metadata.finalizers]).toEqual(wanted);
  });

  it("that asks for the finalizers that are there is no write, in whatever order they are", () => {
    const plane = runningPod(["orphan", "a/b"]);
    request(plane, "DELETE", `${PODS}/a`, { gracePeriodSeconds: 0 });
    const { revision } = plane.store;
    const again = { gracePeriodSeconds: 0, propagationPolicy: "Orphan" };
    expect(request(plane, "DELETE", `${PODS}/a`, again).code).toBe(200);
    expect(plane.store.revision).toBe(revision);
  });

  it("of a Job without a policy keeps to the first one's", () => {
    const plane = bareApi();
    const template = {
      spec: { restartPolicy: "Never", containers: [{ name: "main", image: "main:1" }] },
    };
    request(plane, "POST", JOBS, { metadata: { name: "a" }, spec: { template } });
    request(plane, "DELETE", `${JOBS}/a`, { propagationPolicy: "Foreground" });
    request(plane, "DELETE", `${JOBS}/a`);
    const { metadata } = request(plane, "GET", `${JOBS}/a`).body as any;
    expect(metadata.finalizers).toEqual([FOREGROUND]);
  });
});

it("a deletion leaves the body that it was given in process as it is", () => {
  const plane = runningPod([]);
  const body = Object.freeze({ gracePeriodSeconds: null, propagationPolicy: null });
  const { code } = plane.rest.handle({ method: "DELETE", path: `${PODS}/a`, body });
  expect(code).toBe(200);
  expect(body).toEqual({ gracePeriodSeconds: null, propagationPolicy: null });
});
