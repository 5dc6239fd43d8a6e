import { describe, expect, it } from "vitest";
import {
  handleDisruption,
  NEW_ZONE,
  zoneState,
} from "../../../sim/controllers/node-lifecycle/zones.ts";
import { nodeLifecycle } from "../../../sim/controllers/node-lifecycle.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { ControlPlane, podOn, postPod, postReady, readyNode } from "../control-plane.ts";

const SECONDS = 10;

/** Nodes with beating hearts, from 1 s on. */
function clusterOf(names: readonly string[], zones: readonly string[] = ["a"]): ControlPlane {
  const plane = new ControlPlane(nodeLifecycle);
  plane.at(1);
  names.forEach((name, at) => {
    plane.create("Node", readyNode(name, zones[at % zones.length]));
    plane.heartbeats.begin(name, plane.now, SECONDS * SECOND);
    postReady(plane, name);
  });
  return plane;
}

function taints(plane: ControlPlane, name: string): string[] {
  return (plane.get("Node", name).spec.taints ?? []).map(
    (taint: any) => `${taint.key}:${taint.effect}`,
  );
}

function condition(plane: ControlPlane, name: string, type = "Ready"): any {
  return plane.get("Node", name).status.conditions.find((entry: any) => entry.type === type);
}

describe("the node lifecycle controller", () => {
  it("greets nodes at its next check and takes leave of removed ones", () => {
    const plane = clusterOf(["n1"]).at(4);
    expect(plane.events()).toEqual([]);
    plane.at(6);
    expect(plane.events()).toEqual([
      "RegisteredNode Node n1 event: Registered Node n1 in Controller",
    ]);
    plane.api.delete("Node", "n1");
    plane.heartbeats.forget("n1");
    plane.at(11);
    expect(plane.events()[1]).toBe("RemovingNode Node n1 event: Removing Node n1 from Controller");
  });

  it("costs nothing while hearts beat", () => {
    // By then the Event objects of the registration have expired.
    const plane = clusterOf(["n1", "n2"]).at(7_200);
    const { fired } = plane.engine;
    plane.at(86_400);
    expect(plane.engine.fired - fired).toBe(0);
  });

  it("declares a silent node Unknown 50 s after the check that noticed its last heartbeat", () => {
    const plane = clusterOf(["n1", "n2"]).at(33);
    plane.heartbeats.stop("n1", plane.now);
    // Heartbeats at 1, 11, 21, 31; the check at 35 noticed the last.
    plane.at(84.9);
    expect(condition(plane, "n1").status).toBe("True");
    plane.at(85.1);
    for (const type of ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"])
      expect(condition(plane, "n1", type)).toMatchObject({
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
      });
    expect(condition(plane, "n2").status).toBe("True");
    expect(taints(plane, "n1")).toEqual(
      ["node.kubernetes.io/unreachable:NoExecute", "node.kubernetes.io/unreachable:NoSchedule"]
        .sort()
        .filter((taint) => taints(plane, "n1").includes(taint)),
    );
    expect(taints(plane, "n1")).toHaveLength(2);
    expect(plane.events()).toContain("NodeNotReady Node n1 status is now: NodeNotReady");
  });

  it("marks the pods of a silent node as not ready and says so", () => {
    const plane = clusterOf(["n1", "n2"]);
    plane.create("Pod", podOn("web", "n1"));
    plane.create("Pod", podOn("done", "n1"));
    postPod(plane, "default/web", "Running");
    postPod(plane, "default/done", "Succeeded", "False");
    plane.at(20).heartbeats.stop("n1", plane.now);
    plane.at(80);
    expect(plane.get("Pod", "default/web").status.conditions[0]).toMatchObject({
      type: "Ready",
      status: "False",
    });
    expect(
      plane.events().filter((event) => event === "NodeNotReady Node is not ready"),
    ).toHaveLength(1);
  });

  it("takes NoSchedule off at once and NoExecute at the next check when the node is back", () => {
    const plane = clusterOf(["n1", "n2"]).at(33);
    plane.heartbeats.stop("n1", plane.now);
    plane.at(96);
    plane.heartbeats.begin("n1", plane.now, SECONDS * SECOND);
    postReady(plane, "n1");
    plane.at(96.1);
    expect(taints(plane, "n1")).toEqual(["node.kubernetes.io/unreachable:NoExecute"]);
    plane.at(99.9);
    expect(taints(plane, "n1")).toHaveLength(1);
    plane.at(100.1);
    expect(taints(plane, "n1")).toEqual([]);
  });

  it("gives a node that never posted a status 60 s from its creation", () => {
    const plane = new ControlPlane(nodeLifecycle).at(2);
    plane.create("Node", readyNode("n1"));
    plane.create("Node", readyNode("n2"));
    plane.heartbeats.begin("n2", plane.now, SECONDS * SECOND);
    plane.at(64);
    expect(plane.get("Node", "n1").status?.conditions).toBeUndefined();
    plane.at(66);
    expect(condition(plane, "n1")).toMatchObject({
      status: "Unknown",
      reason: "NodeStatusNeverUpdated",
      message: "Kubelet never posted node status.",
    });
    expect(plane.get("Node", "n2").status?.conditions).toBeUndefined();
  });

  it.each([
    ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure:NoSchedule"],
    ["DiskPressure", "True", "node.kubernetes.io/disk-pressure:NoSchedule"],
    ["PIDPressure", "True", "node.kubernetes.io/pid-pressure:NoSchedule"],
    ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable:NoSchedule"],
  ])("taints a node whose %s is %s with %s", (type, status, taint) => {
    const plane = clusterOf(["n1"]).at(10);
    const set = (value: string) =>
      plane.edit(
        "Node",
        "n1",
        (node) => ({
          ...node,
          status: {
            ...node.status,
            conditions: [
              ...node.status.conditions.filter((entry: any) => entry.type !== type),
              { type, status: value },
            ],
          },
        }),
        "status",
      );
    set(status);
    plane.at(10.1);
    expect(taints(plane, "n1")).toEqual([taint]);
    set("False");
    plane.at(10.2);
    expect(taints(plane, "n1")).toEqual([]);
  });

  it("taints a cordoned node and keeps taints of others", () => {
    const plane = clusterOf(["n1"]).at(10);
    plane.edit("Node", "n1", (node) => ({
      ...node,
      spec: { ...node.spec, unschedulable: true, taints: [{ key: "pool", effect: "NoSchedule" }] },
    }));
    plane.at(10.1);
    expect(taints(plane, "n1")).toEqual([
      "pool:NoSchedule",
      "node.kubernetes.io/unschedulable:NoSchedule",
    ]);
    plane.edit("Node", "n1", ({ spec: { unschedulable: _, ...spec }, ...node }) => ({
      ...node,
      spec,
    }));
    plane.at(10.2);
    expect(taints(plane, "n1")).toEqual(["pool:NoSchedule"]);
  });

  it("writes a node's operating system and architecture under their older names, too", () => {
    const plane = new ControlPlane(nodeLifecycle);
    plane.create("Node", {
      metadata: {
        name: "n1",
        labels: { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
      },
    });
    plane.at(0.1);
    expect(plane.get("Node", "n1").metadata.labels).toMatchObject({
      "beta.kubernetes.io/os": "linux",
      "beta.kubernetes.io/arch": "amd64",
    });
  });

  it("taints the nodes of a zone one in ten seconds", () => {
    const names = ["n1", "n2", "n3", "n4", "n5", "n6"];
    const plane = clusterOf(names).at(33);
    for (const name of ["n1", "n2", "n3"]) plane.heartbeats.stop(name, plane.now);
    const when: string[] = [];
    for (let second = 84; second < 120; second++) {
      plane.at(second + 0.5);
      when.push(
        String(
          names.filter((name) => taints(plane, name).some((taint) => taint.endsWith("NoExecute")))
            .length,
        ),
      );
    }
    expect(when.join("")).toBe(`0${"1".repeat(10)}${"2".repeat(10)}${"3".repeat(15)}`);
  });

  it("stops tainting in a small zone of which 55 % are down, and goes on when it is better", () => {
    const names = ["n1", "n2", "n3", "n4", "n5", "n6"];
    const plane = clusterOf(names).at(33);
    for (const name of ["n1", "n2", "n3", "n4"]) plane.heartbeats.stop(name, plane.now);
    plane.at(200);
    expect(
      names.filter((name) => taints(plane, name).some((taint) => taint.endsWith("NoExecute"))),
    ).toEqual([]);
    plane.heartbeats.begin("n4", plane.now, SECONDS * SECOND);
    postReady(plane, "n4");
    plane.at(260);
    expect(
      names.filter((name) => taints(plane, name).some((taint) => taint.endsWith("NoExecute"))),
    ).toEqual(["n1", "n2", "n3"]);
  });

  it("takes its taints back when all zones are down", () => {
    const plane = clusterOf(["n1", "n2", "n3", "n4"], ["a", "b"]).at(33);
    plane.heartbeats.stop("n1", plane.now);
    plane.at(100);
    expect(taints(plane, "n1")).toContain("node.kubernetes.io/unreachable:NoExecute");
    for (const name of ["n2", "n3", "n4"]) plane.heartbeats.stop(name, plane.now);
    plane.at(300);
    for (const name of ["n1", "n2", "n3", "n4"])
      expect(taints(plane, name)).toEqual(["node.kubernetes.io/unreachable:NoSchedule"]);
    plane.heartbeats.begin("n2", plane.now, SECONDS * SECOND);
    postReady(plane, "n2");
    plane.at(400);
    expect(taints(plane, "n1")).toContain("node.kubernetes.io/unreachable:NoExecute");
    expect(taints(plane, "n2")).toEqual([]);
  });
});

describe("zone states", () => {
  it.each([
    [6, 0, "Normal"],
    [3, 3, "Normal"],
    [2, 4, "PartialDisruption"],
    [1, 2, "Normal"],
    [0, 1, "FullDisruption"],
    [0, 6, "FullDisruption"],
    [45, 55, "PartialDisruption"],
    [46, 54, "Normal"],
  ])("%d ready and %d not is %s", (ready, notReady, state) => {
    expect(zoneState(ready, notReady)).toBe(state);
  });

  it.each([
    [1, 4, undefined],
    [20, 40, 100 * SECOND],
    [0, 4, 10 * SECOND],
  ])("a zone of %d ready and %d not waits %s between two taints", (ready, notReady, interval) => {
    const counts = new Map([
      ["a", { ready, notReady }],
      ["b", { ready: 1, notReady: 0 }],
    ]);
    expect(handleDisruption(new Map([["a", NEW_ZONE]]), counts, 0).zones.get("a")?.interval).toBe(
      interval,
    );
  });
});
