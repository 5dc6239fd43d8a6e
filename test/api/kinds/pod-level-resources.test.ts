import { describe, expect, it } from "vitest";
import { defaultPod } from "../../../sim/api/kinds/pod/defaults.ts";
import type { Pod, ResourceRequirements } from "../../../sim/api/types.gen.ts";

function defaulted(own: ResourceRequirements, ofContainer: ResourceRequirements) {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" } as Pod["metadata"],
    spec: { resources: own, containers: [{ name: "main", image: "i", resources: ofContainer }] },
  };
  return defaultPod(pod).spec?.resources;
}

describe("resources of a whole pod", () => {
  it("limit huge pages to those of the containers, and ask for as many", () => {
    const huge = { "hugepages-2Mi": "4Mi" };
    expect(defaulted({ limits: { cpu: "2" } }, { limits: { cpu: "1", ...huge } })).toEqual({
      limits: { cpu: "2", ...huge },
      requests: { cpu: "1", ...huge },
    });
  });

  it("ask for what the containers ask for, else for the limit", () => {
    const limits = { cpu: "2", memory: "1Gi" };
    expect(defaulted({ limits }, { requests: { cpu: "500m" } })).toEqual({
      limits,
      requests: { cpu: "500m", memory: "1Gi" },
    });
  });

  it("are left alone where nothing is declared for the pod", () => {
    expect(defaulted({}, { limits: { "hugepages-2Mi": "4Mi", cpu: "1" } })).toEqual({});
  });
});
