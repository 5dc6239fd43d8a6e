import { describe, expect, it } from "vitest";
import { clusterRoleAggregation } from "../../../sim/controllers/cluster-role-aggregation.ts";
import { nodeIpam } from "../../../sim/controllers/node-ipam.ts";
import { nodeTtl } from "../../../sim/controllers/node-ttl.ts";
import { attributesClassProtection } from "../../../sim/controllers/protection.ts";
import { rootCaPublisher, serviceAccounts } from "../../../sim/controllers/service-account.ts";
import { ttlAfterFinished } from "../../../sim/controllers/ttl-after-finished.ts";
import { ControlPlane, readyNode } from "../control-plane.ts";

describe("the service account and root certificate controllers", () => {
  it("give every namespace its account and certificate, and give them again when they are deleted", () => {
    const plane = new ControlPlane(serviceAccounts, rootCaPublisher);
    plane.create("Namespace", { metadata: { name: "shop" } });
    plane.at(1);
    expect(plane.get("ServiceAccount", "shop/default")).toBeDefined();
    expect(plane.get("ConfigMap", "shop/kube-root-ca.crt").data["ca.crt"]).toContain("CERTIFICATE");
    plane.api.delete("ServiceAccount", "shop/default");
    plane.edit("ConfigMap", "shop/kube-root-ca.crt", (map) => ({ ...map, data: {} }));
    plane.at(2);
    expect(plane.get("ServiceAccount", "shop/default")).toBeDefined();
    expect(plane.get("ConfigMap", "shop/kube-root-ca.crt").data["ca.crt"]).toContain("CERTIFICATE");
  });

  it("take out what else somebody put into the certificate's map", () => {
    const plane = new ControlPlane(rootCaPublisher);
    plane.create("Namespace", { metadata: { name: "shop" } });
    const made = plane.at(1).get("ConfigMap", "shop/kube-root-ca.crt");
    plane.edit("ConfigMap", "shop/kube-root-ca.crt", ({ metadata, data, ...map }) => ({
      ...map,
      metadata: { ...metadata, annotations: {} },
      data: { ...data, more: "x" },
    }));
    const { data, metadata } = plane.at(2).get("ConfigMap", "shop/kube-root-ca.crt");
    expect(data).toEqual(made.data);
    expect(metadata.annotations).toEqual(made.metadata.annotations);
  });

  it("leave a namespace alone that is being deleted", () => {
    const plane = new ControlPlane(serviceAccounts);
    plane.create("Namespace", { metadata: { name: "shop" }, spec: { finalizers: ["kubernetes"] } });
    plane.at(1).api.delete("Namespace", "shop");
    plane.at(2).api.delete("ServiceAccount", "shop/default");
    expect(plane.at(3).get("ServiceAccount", "shop/default")).toBeUndefined();
  });
});

describe("the node ttl controller", () => {
  it.each([
    [3, "0"],
    [101, "15"],
    [501, "30"],
  ])("tells kubelets of %d nodes to cache for %s s", (count, seconds) => {
    const plane = new ControlPlane(nodeTtl);
    for (let at = 0; at < count; at++) plane.create("Node", readyNode(`n${at}`));
    plane.at(1);
    const told = new Set(
      plane
        .list("Node")
        .map(({ metadata }) => metadata.annotations?.["node.alpha.kubernetes.io/ttl"]),
    );
    expect([...told]).toEqual([seconds]);
  });
});

describe("the node address controller", () => {
  it("gives every node a range of its own, what came free after all others", () => {
    const plane = new ControlPlane(nodeIpam);
    for (const name of ["a", "b", "c"]) plane.create("Node", readyNode(name));
    plane.at(1);
    expect(plane.list("Node").map(({ spec }) => spec.podCIDR)).toEqual([
      "10.244.0.0/24",
      "10.244.1.0/24",
      "10.244.2.0/24",
    ]);
    plane.api.delete("Node", "b");
    plane.create("Node", readyNode("d"));
    plane.at(2);
    expect(plane.get("Node", "d").spec.podCIDRs).toEqual(["10.244.3.0/24"]);
    for (let at = 0; at < 252; at++) plane.create("Node", readyNode(`more-${at}`));
    plane.at(3).create("Node", readyNode("last"));
    expect(plane.at(4).get("Node", "last").spec.podCIDRs).toEqual(["10.244.1.0/24"]);
  });
});

describe("the ttl-after-finished controller", () => {
  /** What the API wants to be said of a job before its end. */
  const FIRST: Readonly<Record<string, readonly string[]>> = {
    Complete: ["SuccessCriteriaMet"],
    Failed: ["FailureTarget"],
  };

  function ended(ttlSecondsAfterFinished?: number, type = "Complete"): ControlPlane {
    const plane = new ControlPlane(ttlAfterFinished);
    const template = {
      spec: { restartPolicy: "Never", containers: [{ name: "main", image: "x" }] },
    };
    plane.create("Job", {
      metadata: { name: "work", namespace: "default" },
      spec: {
        template,
        ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }),
      },
    });
    const time = "2026-01-01T00:00:02Z";
    const conditions = [...(FIRST[type] ?? []), type].map((one) => ({
      type: one,
      status: "True",
      lastTransitionTime: time,
    }));
    const end = type === "Complete" ? { completionTime: time } : {};
    const status = { startTime: "2026-01-01T00:00:00Z", conditions, ...end };
    plane.edit("Job", "default/work", (job) => ({ ...job, status }), "status");
    return plane;
  }

  it.each(["Complete", "Failed"])(
    "deletes a job that ended %s in the foreground when its time is over",
    (type) => {
      const plane = ended(4, type);
      expect(plane.at(5.9).get("Job", "default/work").metadata.deletionTimestamp).toBeUndefined();
      expect(plane.at(6.1).get("Job", "default/work").metadata.finalizers).toContain(
        "foregroundDeletion",
      );
    },
  );

  it("keeps a job without a time, and one that has not ended", () => {
    expect(ended().at(1000).get("Job", "default/work").metadata.deletionTimestamp).toBeUndefined();
    expect(
      ended(4, "Suspended").at(1000).get("Job", "default/work").metadata.deletionTimestamp,
    ).toBeUndefined();
  });
});

describe("the cluster role aggregation controller", () => {
  it("fills a role with the rules of those it selects, each once, by name", () => {
    const plane = new ControlPlane(clusterRoleAggregation);
    const labels = { view: "true" };
    const rule = (resource: string) => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });
    plane.create("ClusterRole", {
      metadata: { name: "view" },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
    });
    plane.create("ClusterRole", {
      metadata: { name: "b", labels },
      rules: [rule("nodes"), rule("pods")],
    });
    plane.create("ClusterRole", { metadata: { name: "a", labels }, rules: [rule("pods")] });
    plane.create("ClusterRole", { metadata: { name: "c" }, rules: [rule("secrets")] });
    expect(plane.at(1).get("ClusterRole", "view").rules).toEqual([rule("pods"), rule("nodes")]);
    plane.api.delete("ClusterRole", "b");
    expect(plane.at(2).get("ClusterRole", "view").rules).toEqual([rule("pods")]);
  });
});

describe("the protection of volume attributes classes", () => {
  it("keeps a class while a claim names it", () => {
    const plane = new ControlPlane(attributesClassProtection);
    const finalizers = ["kubernetes.io/vac-protection"];
    plane.create("VolumeAttributesClass", {
      metadata: { name: "gold", finalizers },
      driverName: "d.example",
      parameters: { iops: "1" },
    });
    plane.create("PersistentVolumeClaim", {
      metadata: { name: "data", namespace: "default" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        volumeAttributesClassName: "gold",
        resources: { requests: { storage: "1Gi" } },
      },
    });
    plane.at(1).api.delete("VolumeAttributesClass", "gold");
    expect(plane.at(2).get("VolumeAttributesClass", "gold")).toBeDefined();
    plane.api.delete("PersistentVolumeClaim", "default/data");
    expect(plane.at(3).get("VolumeAttributesClass", "gold")).toBeUndefined();
  });
});
