import { describe, expect, it } from "vitest";
import { resourceClaimController } from "../../../sim/controllers/resource-claim.ts";
import { ControlPlane, podOn, postPod } from "../control-plane.ts";

const REQUESTS = { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu" } }] } };

function planeWith(): ControlPlane {
  const plane = new ControlPlane(resourceClaimController);
  plane.create("ResourceClaimTemplate", {
    metadata: { name: "gpu", namespace: "default" },
    spec: { spec: REQUESTS },
  });
  plane.create(
    "Pod",
    podOn("web", "n1", { resourceClaims: [{ name: "dev", resourceClaimTemplateName: "gpu" }] }),
  );
  return plane.at(1);
}

function claims(plane: ControlPlane): any[] {
  return plane.list("ResourceClaim");
}

/** Allocates the claim and reserves it for the pod, as the scheduler does. */
function allocate(plane: ControlPlane): void {
  const [claim] = claims(plane);
  const key = `default/${claim.metadata.name}`;
  const { uid, name } = plane.get("Pod", "default/web").metadata;
  plane.edit("ResourceClaim", key, (object) => ({
    ...object,
    metadata: { ...object.metadata, finalizers: ["resource.kubernetes.io/delete-protection"] },
  }));
  const reservedFor = [{ resource: "pods", name, uid }];
  plane.edit(
    "ResourceClaim",
    key,
    (object) => ({ ...object, status: { allocation: { devices: {} }, reservedFor } }),
    "status",
  );
}

describe("the resource claim controller", () => {
  it("makes a claim from a template for a pod and writes its name into the pod", () => {
    const plane = planeWith();
    const [claim] = claims(plane);
    expect(claim.metadata.name).toMatch(/^web-dev-/);
    expect(claim.metadata.annotations).toEqual({ "resource.kubernetes.io/pod-claim-name": "dev" });
    expect(claim.metadata.ownerReferences[0]).toMatchObject({
      kind: "Pod",
      name: "web",
      controller: true,
    });
    expect(plane.get("Pod", "default/web").status.resourceClaimStatuses).toEqual([
      { name: "dev", resourceClaimName: claim.metadata.name },
    ]);
  });

  it("makes no second claim when it crashed before it could write the name down", () => {
    const plane = new ControlPlane(resourceClaimController);
    plane.create("ResourceClaimTemplate", {
      metadata: { name: "gpu", namespace: "default" },
      spec: { spec: REQUESTS },
    });
    plane.runners.get("resourceclaim-controller")?.crashAfterWrites(1);
    plane.create(
      "Pod",
      podOn("web", "n1", { resourceClaims: [{ name: "dev", resourceClaimTemplateName: "gpu" }] }),
    );
    plane.at(1);
    expect(claims(plane)).toHaveLength(1);
    expect(plane.get("Pod", "default/web").status.resourceClaimStatuses).toHaveLength(1);
  });

  it("gives back what an ended pod had reserved, and deletes the claim made for it", () => {
    const plane = planeWith();
    allocate(plane);
    expect(claims(plane.at(2))[0].status.reservedFor).toHaveLength(1);
    postPod(plane, "default/web", "Succeeded", "False");
    const name = claims(plane)[0].metadata.name;
    plane.edit(
      "Pod",
      "default/web",
      (pod) => ({
        ...pod,
        status: {
          ...pod.status,
          resourceClaimStatuses: [{ name: "dev", resourceClaimName: name }],
        },
      }),
      "status",
    );
    expect(claims(plane.at(3))).toEqual([]);
  });

  it("waits for a template that comes later", () => {
    const plane = new ControlPlane(resourceClaimController);
    plane.create(
      "Pod",
      podOn("web", "n1", { resourceClaims: [{ name: "dev", resourceClaimTemplateName: "gpu" }] }),
    );
    plane.at(1);
    expect(plane.events()[0]).toContain("FailedResourceClaimCreation");
    plane.create("ResourceClaimTemplate", {
      metadata: { name: "gpu", namespace: "default" },
      spec: { spec: REQUESTS },
    });
    expect(claims(plane.at(2))).toHaveLength(1);
  });
});
