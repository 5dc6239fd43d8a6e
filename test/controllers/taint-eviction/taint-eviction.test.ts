import { describe, expect, it } from "vitest";
import { shortestToleration, taintEviction } from "../../../sim/controllers/taint-eviction.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { ControlPlane, podOn, postPod, readyNode } from "../control-plane.ts";

const UNREACHABLE = { key: "node.kubernetes.io/unreachable", effect: "NoExecute" };
const tolerate = (tolerationSeconds?: number): object => ({
  tolerations: [
    {
      ...UNREACHABLE,
      operator: "Exists",
      ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
    },
  ],
});

function planeWith(...pods: readonly [name: string, spec: object][]): ControlPlane {
  const plane = new ControlPlane(taintEviction);
  plane.create("Node", readyNode("n1"));
  for (const [name, spec] of pods) {
    plane.create("Pod", podOn(name, "n1", spec));
    postPod(plane, `default/${name}`, "Running");
  }
  return plane.at(1);
}

function taint(plane: ControlPlane, ...taints: object[]): void {
  plane.edit("Node", "n1", (node) => ({ ...node, spec: { ...node.spec, taints } }));
}

function deleting(plane: ControlPlane): string[] {
  return plane
    .list("Pod")
    .filter(({ metadata }) => metadata.deletionTimestamp)
    .map(({ metadata }) => metadata.name);
}

describe("the taint eviction controller", () => {
  it("deletes what does not tolerate a NoExecute taint at once, with its reason and event", () => {
    const plane = planeWith(["plain", {}], ["tolerant", tolerate()]);
    taint(plane, UNREACHABLE);
    plane.at(1.1);
    expect(deleting(plane)).toEqual(["plain"]);
    expect(plane.get("Pod", "default/plain").status.conditions).toContainEqual(
      expect.objectContaining({
        type: "DisruptionTarget",
        status: "True",
        observedGeneration: 1,
        reason: "DeletionByTaintManager",
        message: "Taint manager: deleting due to NoExecute taint",
      }),
    );
    expect(plane.events()).toEqual(["TaintManagerEviction Marking for deletion Pod default/plain"]);
  });

  it("leaves pods alone for taints of other effects", () => {
    const plane = planeWith(["plain", {}]);
    taint(plane, { ...UNREACHABLE, effect: "NoSchedule" });
    expect(deleting(plane.at(400))).toEqual([]);
  });

  it("waits for tolerationSeconds from when it noticed the taint", () => {
    const plane = planeWith(["web", tolerate(15)]);
    taint(plane, UNREACHABLE);
    expect(deleting(plane.at(15.9))).toEqual([]);
    expect(deleting(plane.at(16.1))).toEqual(["web"]);
  });

  it("cancels a planned eviction when the taint goes", () => {
    const plane = planeWith(["web", tolerate(15)]);
    taint(plane, UNREACHABLE);
    plane.at(10);
    taint(plane);
    plane.at(100);
    expect(deleting(plane)).toEqual([]);
    expect(plane.events()).toEqual(["TaintManagerEviction Cancelling deletion of Pod default/web"]);
  });

  it("plans for a pod that comes to a tainted node", () => {
    const plane = planeWith();
    taint(plane, UNREACHABLE);
    plane.at(5);
    plane.create("Pod", podOn("late", "n1", tolerate(15)));
    expect(deleting(plane.at(19.9))).toEqual([]);
    expect(deleting(plane.at(20.1))).toEqual(["late"]);
  });

  it("cancels a planned eviction when the pod goes by itself, and plans anew for one of its name", () => {
    const plane = planeWith(["web", tolerate(15)]);
    taint(plane, UNREACHABLE);
    plane.at(5).api.delete("Pod", "default/web", { gracePeriodSeconds: 0 });
    plane.create("Pod", podOn("web", "n1", tolerate(15)));
    plane.at(19.9);
    expect(plane.events()).toEqual(["TaintManagerEviction Cancelling deletion of Pod default/web"]);
    expect(deleting(plane)).toEqual([]);
    expect(deleting(plane.at(20.1))).toEqual(["web"]);
  });

  it("cancels a planned eviction for one at once when another taint is not tolerated", () => {
    const plane = planeWith(["web", tolerate(15)]);
    taint(plane, UNREACHABLE);
    plane.at(5);
    taint(plane, UNREACHABLE, { key: "other", effect: "NoExecute" });
    expect(deleting(plane.at(5.1))).toEqual(["web"]);
    expect(plane.events()).toEqual([
      "TaintManagerEviction Cancelling deletion of Pod default/web",
      "TaintManagerEviction Marking for deletion Pod default/web",
    ]);
  });

  it("neither puts off nor hastens what it planned when another taint is tolerated for another while", () => {
    const other = { key: "other", effect: "NoExecute" };
    for (const tolerationSeconds of [2, 100]) {
      const tolerations = [
        { ...UNREACHABLE, operator: "Exists", tolerationSeconds: 15 },
        { ...other, operator: "Exists", tolerationSeconds },
      ];
      const plane = planeWith(["web", { tolerations }]);
      taint(plane, UNREACHABLE);
      plane.at(5);
      taint(plane, UNREACHABLE, other);
      expect(deleting(plane.at(15.9))).toEqual([]);
      expect(deleting(plane.at(16.1))).toEqual(["web"]);
    }
  });

  it("still evicts what it planned when the node is deleted", () => {
    const plane = planeWith(["web", tolerate(15)]);
    taint(plane, UNREACHABLE);
    plane.at(5).api.delete("Node", "n1");
    expect(deleting(plane.at(16.1))).toEqual(["web"]);
  });
});

describe("tolerations in use", () => {
  const other = { key: "other", effect: "NoExecute" };
  it.each([
    ["no taint", [], [], undefined],
    ["a taint that nothing tolerates", [UNREACHABLE], [], 0],
    ["a toleration for ever", [UNREACHABLE], [{ operator: "Exists" }], undefined],
    [
      "a toleration of a while",
      [UNREACHABLE],
      [{ operator: "Exists", tolerationSeconds: 30 }],
      30 * SECOND,
    ],
    ["one of zero seconds", [UNREACHABLE], [{ operator: "Exists", tolerationSeconds: 0 }], 0],
    [
      "the shorter of two",
      [UNREACHABLE, other],
      [
        { key: "other", operator: "Exists", tolerationSeconds: 5 },
        { operator: "Exists", tolerationSeconds: 30 },
      ],
      5 * SECOND,
    ],
    [
      "a toleration of another effect",
      [UNREACHABLE],
      [{ operator: "Exists", effect: "NoSchedule" }],
      0,
    ],
  ])("%s", (_, taints, tolerations, wait) => {
    expect(shortestToleration(taints, tolerations)).toBe(wait);
  });
});
