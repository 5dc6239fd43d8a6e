import { describe, expect, it } from "vitest";
import { ephemeralVolumes } from "../../../sim/controllers/ephemeral-volume.ts";
import { ControlPlane, podOn } from "../control-plane.ts";

const SPEC = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

function planeWith(): ControlPlane {
  const plane = new ControlPlane(ephemeralVolumes);
  plane.create("Pod", pod());
  return plane;
}

function pod(): object {
  const volumeClaimTemplate = { metadata: { labels: { a: "b" } }, spec: SPEC };
  return podOn("web", undefined, {
    volumes: [{ name: "scratch", ephemeral: { volumeClaimTemplate } }],
  });
}

describe("the ephemeral volume controller", () => {
  it("makes a claim from the pod's template, which belongs to the pod", () => {
    const plane = planeWith().at(1);
    const [claim] = plane.list("PersistentVolumeClaim");
    expect(claim.metadata).toMatchObject({
      name: "web-scratch",
      labels: { a: "b" },
      ownerReferences: [
        {
          apiVersion: "v1",
          kind: "Pod",
          name: "web",
          uid: plane.get("Pod", "default/web").metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(claim.spec).toMatchObject(SPEC);
  });

  it("makes the claim anew when somebody deletes it", () => {
    const plane = planeWith().at(1);
    const [{ metadata }] = plane.list("PersistentVolumeClaim");
    plane.api.delete("PersistentVolumeClaim", "default/web-scratch");
    const [again] = plane.at(2).list("PersistentVolumeClaim");
    expect(again.metadata.uid).not.toBe(metadata.uid);
  });

  it("does not take a claim that is not the pod's, and says so", () => {
    const plane = new ControlPlane(ephemeralVolumes);
    plane.create("PersistentVolumeClaim", {
      metadata: { name: "web-scratch", namespace: "default" },
      spec: SPEC,
    });
    plane.create("Pod", pod());
    plane.at(1);
    expect(plane.events()[0]).toBe(
      "FailedBinding ephemeral volume scratch: PVC default/web-scratch was not created for pod default/web (pod is not owner)",
    );
    expect(plane.list("Event")[0].source.component).toBe("ephemeral_volume");
  });
});
