import { describe, expect, it } from "vitest";
import { podGarbageCollector } from "../../../sim/controllers/pod-gc.ts";
import { ControlPlane, podOn, postPod, postReady, readyNode } from "../control-plane.ts";

function names(plane: ControlPlane): string[] {
  return plane.list("Pod").map(({ metadata }) => metadata.name);
}

describe("the pod garbage collector", () => {
  it("removes the pods of a deleted node after 40 s of quarantine, on its 20 s grid", () => {
    const plane = new ControlPlane(podGarbageCollector);
    plane.create("Node", readyNode("n1"));
    plane.create("Pod", podOn("web", "n1"));
    plane.create("Pod", podOn("done", "n1"));
    postPod(plane, "default/web", "Running");
    postPod(plane, "default/done", "Succeeded", "False");
    plane.at(21).api.delete("Node", "n1");
    expect(names(plane.at(79.9))).toEqual(["web", "done"]);
    expect(names(plane.at(80.1))).toEqual([]);
    const changes = plane.engine.journal.entries.filter(
      (entry: any) =>
        entry.kind === "change" && entry.key === "default/web" && entry.time > 79_000_000,
    ) as any[];
    expect(changes[0].after.status).toMatchObject({ phase: "Failed" });
    expect(changes[0].after.status.conditions).toContainEqual(
      expect.objectContaining({
        type: "DisruptionTarget",
        reason: "DeletionByPodGC",
        message: "PodGC: node no longer exists",
      }),
    );
  });

  it("keeps the pods of a node that comes back within the quarantine", () => {
    const plane = new ControlPlane(podGarbageCollector);
    plane.create("Node", readyNode("n1"));
    plane.create("Pod", podOn("web", "n1"));
    plane.at(21).api.delete("Node", "n1");
    plane.at(60).create("Node", readyNode("n1"));
    expect(names(plane.at(300))).toEqual(["web"]);
  });

  it("removes a terminating pod from a node out of service", () => {
    const plane = new ControlPlane(podGarbageCollector);
    plane.create("Node", readyNode("n1"));
    postReady(plane, "n1", "Unknown");
    plane.create("Pod", podOn("web", "n1"));
    postPod(plane, "default/web", "Running");
    plane.at(25).api.delete("Pod", "default/web");
    expect(names(plane.at(100))).toEqual(["web"]);
    plane.edit("Node", "n1", (node) => ({
      ...node,
      spec: {
        ...node.spec,
        taints: [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }],
      },
    }));
    expect(names(plane.at(120.1))).toEqual([]);
  });

  it("costs nothing while there is nothing to remove", () => {
    const plane = new ControlPlane(podGarbageCollector);
    plane.create("Node", readyNode("n1"));
    plane.create("Pod", podOn("web", "n1"));
    const { fired } = plane.at(60).engine;
    expect(plane.at(86_400).engine.fired).toBe(fired);
  });
});
