import { describe, expect, test } from "vitest";
import { Informers } from "../../sim/api/informer.ts";
import type { Pod } from "../../sim/api/types.gen.ts";
import { StandInNodes } from "../../sim/node/stand-in/stand-in-nodes.ts";
import { bed } from "./cluster.ts";

function standIn() {
  const b = bed({ nodes: [] });
  b.engine.unregister("kubelets");
  const informers = new Informers("stand-in", b.engine, b.store, 0);
  const nodes = new StandInNodes({ engine: b.engine, api: b.api, informers });
  nodes.addNode({ name: "node-1", capacity: { cpu: "8", memory: "16Gi" } });
  return { ...b, nodes };
}

const conditions = (pod: Pod | undefined) =>
  pod?.status?.conditions?.map(({ type, status, reason }) =>
    [type, status, ...(reason === undefined ? [] : [reason])].join(" "),
  );
const stages = (b: ReturnType<typeof standIn>, name: string) =>
  b.history(name, (pod) => {
    const container = pod.status?.containerStatuses?.[0];
    const state = container?.state ?? {};
    return [
      pod.status?.phase,
      container?.restartCount ?? 0,
      state.waiting?.reason ??
        (state.terminated === undefined
          ? state.running === undefined
            ? ""
            : "running"
          : `exit ${state.terminated.exitCode}`),
      container?.ready === true ? "ready" : "",
    ]
      .join(" ")
      .trim();
  });

describe("the recording's node stand-in", () => {
  test("starts a container 0.4 s after binding and makes it Ready a second later", () => {
    const b = standIn();
    b.run("p", ["web:1"]);
    b.until(10);
    expect(stages(b, "p")).toEqual([
      [0, "Pending 0"],
      [0.4, "Running 0 running"],
      [1.4, "Running 0 running ready"],
    ]);
    expect(conditions(b.pod("p"))).toEqual([
      "PodReadyToStartContainers True",
      "Initialized True",
      "Ready True",
      "ContainersReady True",
    ]);
    expect(b.pod("p")?.status).toMatchObject({ podIP: "10.200.0.1", hostIP: "192.168.0.1" });
  });

  test("lets a deleted pod complete after a second", () => {
    const b = standIn();
    b.run("p", ["web:1"]);
    b.until(5);
    b.remove("p");
    b.until(10);
    expect(stages(b, "p").at(-1)).toEqual([6, "Succeeded 0 exit 0"]);
    expect(b.pod("p")).toBeUndefined();
  });

  test("restarts a failing container with its own pacing", () => {
    const b = standIn();
    b.run(
      "p",
      ["work:1"],
      { restartPolicy: "OnFailure" },
      { "fake/ready-delay": "0.2", "fake/run-seconds": "1", "fake/exit-code": "1" },
    );
    b.until(4.2);
    expect(stages(b, "p")).toEqual([
      [0, "Pending 0"],
      [0.4, "Running 0 running"],
      [0.6, "Running 0 running ready"],
      [1.6, "Running 0 exit 1"],
      [2.1, "Running 1 CrashLoopBackOff"],
      [2.6, "Running 1 running"],
      [2.8, "Running 1 running ready"],
      [3.8, "Running 1 exit 1"],
    ]);
  });

  test.each([
    [{ "fake/run-seconds": "2" }, "Succeeded"],
    [{ "fake/run-seconds": "2", "fake/exit-code": "3" }, "Failed"],
    [
      {
        "fake/run-seconds": "2",
        "fake/exit-by-index": "0,4",
        "batch.kubernetes.io/job-completion-index": "1",
      },
      "Failed",
    ],
    [{ "fake/run-seconds": "2", "fake/fail-first": "1" }, "Failed"],
    [{ "fake/run-seconds": "2", "fake/fail-first": "0" }, "Succeeded"],
  ])("ends a pod with %j as %s", (annotations, phase) => {
    const b = standIn();
    b.run("p", ["work:1"], { restartPolicy: "Never" }, annotations as never);
    b.until(10);
    expect(b.pod("p")?.status?.phase).toBe(phase);
  });

  test("shows ErrImagePull and three seconds later ImagePullBackOff for a bad image", () => {
    const b = standIn();
    b.run("p", ["bad:1"]);
    b.until(10);
    expect(stages(b, "p").slice(1)).toEqual([
      [0.4, "Pending 0 ErrImagePull"],
      [3.4, "Pending 0 ImagePullBackOff"],
    ]);
  });

  test("stops entirely when its heartbeats do, and goes on with what it missed", () => {
    const b = standIn();
    b.run("p", ["web:1"]);
    b.until(5);
    b.nodes.pause("node-1");
    b.remove("p");
    b.until(60);
    expect(b.pod("p")?.status?.phase).toBe("Running");
    expect(b.nodes.heartbeats.lastRenewal("node-1", b.engine.now)).toBe(0);
    b.nodes.resume("node-1");
    b.until(62);
    expect(b.pod("p")).toBeUndefined();
  });
});
