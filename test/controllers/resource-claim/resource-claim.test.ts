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

  it.each([
    ["has ended", (plane: ControlPlane) => postPod(plane, "default/web", "Succeeded", "False")],
    [
      "is gone",
      (plane: ControlPlane) => {
        plane.api.delete("Pod", "default/web", { gracePeriodSeconds: 0 } as never);
      },
    ],
  ])("gives back the scheduler's claim for extended resources when the pod %s", (what, end) => {
    const plane = new ControlPlane(resourceClaimController);
    const gpus = { "example.com/gpu": "1" };
    const resources = { requests: gpus, limits: gpus };
    const containers = [{ name: "main", image: "web:1", resources }];
    plane.create("Pod", podOn("web", "n1", { containers }));
    const { uid } = plane.get("Pod", "default/web").metadata;
    const owner = { apiVersion: "v1", kind: "Pod", name: "web", uid, controller: true };
    plane.create("ResourceClaim", {
      metadata: {
        name: "web-extended-resources-x",
        namespace: "default",
        annotations: { "resource.kubernetes.io/extended-resource-claim": "true" },
        ownerReferences: [owner],
      },
      spec: REQUESTS,
    });
    allocate(plane);
    plane.edit(
      "Pod",
      "default/web",
      (pod) => ({
        ...pod,
        status: {
          ...pod.status,
          extendedResourceClaimStatus: {
            resourceClaimName: "web-extended-resources-x",
            requestMappings: [
              {
                containerName: "main",
                resourceName: "example.com/gpu",
                requestName: "container-0-request-0",
              },
            ],
          },
        },
      }),
      "status",
    );
    expect(claims(plane.at(1))[0].status.allocation).toBeDefined();
    end(plane);
    const left = claims(plane.at(3));
    // Of a pod that is gone the garbage collector takes the claim.
    if (what === "has ended") expect(left).toEqual([]);
    else {
      expect(left[0].status.allocation).toBeUndefined();
      expect(left[0].metadata.finalizers ?? []).toEqual([]);
    }
  });

  it("waits for a template that comes later", () => {
    const plane = new ControlPlane(resourceClaimController);
    plane.create(
      "Pod",
      podOn("web", "n1", { resourceClaims: [{ name: "dev", resourceClaimTemplateName: "gpu" }] }),
    );
    plane.at(1);
    expect(new Set(plane.events())).toEqual(
      new Set([
        'FailedResourceClaimCreation PodResourceClaim dev: resource claim template "gpu": resourceclaimtemplate.resource.k8s.io "gpu" not found',
      ]),
    );
    expect(plane.list("Event")[0].source.component).toBe("resource_claim");
    plane.create("ResourceClaimTemplate", {
      metadata: { name: "gpu", namespace: "default" },
      spec: { spec: REQUESTS },
    });
    // Its next try is at most as far off as the ones before took together.
    expect(claims(plane.at(3))).toHaveLength(1);
  });

  it("makes a claim anew that was deleted by accident", () => {
    const plane = planeWith();
    const [{ metadata }] = claims(plane);
    plane.api.delete("ResourceClaim", `default/${metadata.name}`);
    plane.at(2);
    const [claim] = claims(plane);
    expect(claim.metadata.uid).not.toBe(metadata.uid);
    expect(plane.get("Pod", "default/web").status.resourceClaimStatuses).toEqual([
      { name: "dev", resourceClaimName: claim.metadata.name },
    ]);
  });

  it("reserves an allocated claim for a pod that the scheduler did not place", () => {
    const plane = new ControlPlane(resourceClaimController);
    plane.create("ResourceClaim", {
      metadata: { name: "shared", namespace: "default" },
      spec: REQUESTS,
    });
    plane.edit(
      "ResourceClaim",
      "default/shared",
      (claim) => ({ ...claim, status: { allocation: { devices: {} } } }),
      "status",
    );
    const resourceClaims = [{ name: "dev", resourceClaimName: "shared" }];
    plane.create("Pod", podOn("placed", "n1", { resourceClaims }));
    plane.create("Pod", podOn("waiting", undefined, { resourceClaims }));
    const { uid } = plane.at(1).get("Pod", "default/placed").metadata;
    expect(claims(plane)[0].status.reservedFor).toEqual([
      { resource: "pods", name: "placed", uid },
    ]);
  });

  it("gives back what a claim that is being deleted holds when nobody reserves it", () => {
    const plane = new ControlPlane(resourceClaimController);
    plane.create("ResourceClaim", {
      metadata: {
        name: "unused",
        namespace: "default",
        finalizers: ["resource.kubernetes.io/delete-protection"],
      },
      spec: REQUESTS,
    });
    plane.edit(
      "ResourceClaim",
      "default/unused",
      (claim) => ({ ...claim, status: { allocation: { devices: {} } } }),
      "status",
    );
    plane.at(1);
    expect(claims(plane)[0].status.allocation).toBeDefined();
    plane.api.delete("ResourceClaim", "default/unused");
    expect(claims(plane.at(2))).toEqual([]);
  });

  it("deletes the claim of a pod that another one of its name replaced", () => {
    const plane = planeWith();
    plane.api.delete("Pod", "default/web", { gracePeriodSeconds: 0 });
    plane.create("Pod", podOn("web", "n1"));
    expect(claims(plane.at(2))).toEqual([]);
  });

  it("cuts long names of pod and entry in proportion", () => {
    const plane = new ControlPlane(resourceClaimController);
    plane.create("ResourceClaimTemplate", {
      metadata: { name: "gpu", namespace: "default" },
      spec: { spec: REQUESTS },
    });
    const pod = podOn("p".repeat(60), "n1", {
      resourceClaims: [{ name: "d".repeat(30), resourceClaimTemplateName: "gpu" }],
    });
    plane.create("Pod", pod);
    plane.at(1);
    const name = claims(plane)[0].metadata.name;
    expect(name.slice(0, -5)).toBe(`${"p".repeat(37)}-${"d".repeat(18)}`);
  });
});
