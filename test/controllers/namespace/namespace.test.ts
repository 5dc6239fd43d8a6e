import { describe, expect, it } from "vitest";
import { namespaceDeletion } from "../../../sim/controllers/namespace.ts";
import { ControlPlane, podOn, postPod } from "../control-plane.ts";

function planeWith(namespace = "shop"): ControlPlane {
  const plane = new ControlPlane(namespaceDeletion);
  plane.create("Namespace", {
    metadata: { name: namespace },
    spec: { finalizers: ["kubernetes"] },
  });
  return plane;
}

function pod(plane: ControlPlane, name: string, grace: number): void {
  const { spec } = podOn(name, "n1", { terminationGracePeriodSeconds: grace });
  plane.create("Pod", { metadata: { name, namespace: "shop" }, spec });
  postPod(plane, `shop/${name}`, "Running");
}

/** Ends a pod as its node would. */
function stop(plane: ControlPlane, name: string): void {
  plane.api.delete("Pod", `shop/${name}`, { gracePeriodSeconds: 0 });
}

function conditions(plane: ControlPlane): string[] {
  return (plane.get("Namespace", "shop").status.conditions ?? []).map(
    ({ type, status, reason, message }: any) => `${type}=${status} ${reason}: ${message}`,
  );
}

describe("the namespace controller", () => {
  it("waits five seconds, empties the namespace and lets it go", () => {
    const plane = planeWith();
    plane.create("ConfigMap", { metadata: { name: "a", namespace: "shop" } });
    plane.create("ConfigMap", { metadata: { name: "b", namespace: "shop" } });
    plane.at(1).api.delete("Namespace", "shop");
    plane.at(5.9);
    expect(plane.list("ConfigMap")).toHaveLength(2);
    plane.at(6.1);
    expect(plane.list("ConfigMap")).toHaveLength(0);
    expect(plane.get("Namespace", "shop")).toBeUndefined();
  });

  it("deletes pods before everything else and says what still remains", () => {
    const plane = planeWith();
    pod(plane, "web", 5);
    plane.create("ConfigMap", { metadata: { name: "a", namespace: "shop" } });
    plane.at(1).api.delete("Namespace", "shop");
    plane.at(6.02);
    expect(plane.get("Pod", "shop/web").metadata.deletionTimestamp).toBeDefined();
    expect(plane.list("ConfigMap")).toHaveLength(1);
    expect(conditions(plane)).toEqual([
      "NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered: All resources successfully discovered",
      "NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions: All legacy kube types successfully parsed",
      "NamespaceDeletionContentFailure=True ContentDeletionFailed: Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: shop for gvr: /v1, Resource=pods",
      "NamespaceContentRemaining=False ContentRemoved: All content successfully removed",
      "NamespaceFinalizersRemaining=False ContentHasNoFinalizers: All content-preserving finalizers finished",
    ]);
    plane.at(7);
    stop(plane, "web");
    plane.at(9);
    expect(plane.get("Namespace", "shop")).toBeUndefined();
  });

  it("gives pods their grace period before it complains", () => {
    const plane = planeWith();
    pod(plane, "web", 30);
    plane.at(1).api.delete("Namespace", "shop");
    plane.at(6.1);
    expect(conditions(plane)[2]).toContain("NamespaceDeletionContentFailure=False ContentDeleted");
    plane.at(8);
    stop(plane, "web");
    expect(plane.at(30).get("Namespace", "shop")).toBeUndefined();
  });

  it("looks again five seconds after it wrote its conditions, then after half the grace and one", () => {
    const plane = planeWith();
    pod(plane, "web", 30);
    plane.at(1).api.delete("Namespace", "shop");
    plane.at(12);
    stop(plane, "web");
    expect(plane.at(26.9).get("Namespace", "shop")).toBeDefined();
    expect(plane.at(27.1).get("Namespace", "shop")).toBeUndefined();
  });

  it("names the finalizers that hold content back, and looks again when it is gone", () => {
    const plane = planeWith();
    plane.create("ConfigMap", {
      metadata: { name: "held", namespace: "shop", finalizers: ["ex.io/hold"] },
    });
    plane.at(1).api.delete("Namespace", "shop");
    plane.at(100);
    expect(conditions(plane).slice(2)).toEqual([
      "NamespaceDeletionContentFailure=False ContentDeleted: All content successfully deleted, may be waiting on finalization",
      "NamespaceContentRemaining=True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances",
      "NamespaceFinalizersRemaining=True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: ex.io/hold in 1 resource instances",
    ]);
    const { fired } = plane.engine;
    plane.at(10_000);
    expect(plane.engine.fired).toBe(fired);
    plane.edit(
      "ConfigMap",
      "shop/held",
      ({ metadata: { finalizers: _, ...metadata }, ...rest }) => ({ ...rest, metadata }),
    );
    expect(plane.at(10_008.1).get("Namespace", "shop")).toBeUndefined();
  });

  it("says anew which finalizers are left when one lets go", () => {
    const plane = planeWith();
    plane.create("ConfigMap", {
      metadata: { name: "held", namespace: "shop", finalizers: ["ex.io/a", "ex.io/b"] },
    });
    plane.at(1).api.delete("Namespace", "shop");
    plane.at(100);
    const remaining = () => conditions(plane).at(-1)?.split("remaining: ")[1];
    expect(remaining()).toBe("ex.io/a in 1 resource instances, ex.io/b in 1 resource instances");
    plane.edit("ConfigMap", "shop/held", (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: ["ex.io/b"] },
    }));
    plane.at(109);
    expect(remaining()).toBe("ex.io/b in 1 resource instances");
  });

  it("starts again after a crash", () => {
    const plane = planeWith();
    plane.create("ConfigMap", { metadata: { name: "a", namespace: "shop" } });
    plane.at(1).api.delete("Namespace", "shop");
    plane.at(3).runners.get("namespace-controller")?.crash(1_000_000);
    expect(plane.at(20).get("Namespace", "shop")).toBeUndefined();
  });
});
