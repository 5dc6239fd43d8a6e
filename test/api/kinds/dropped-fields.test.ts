import { describe, expect, it } from "vitest";
import { descriptorByResource } from "../../../sim/api/kinds/registry.ts";
import { applyDefaults, printObject } from "../../../sim/api/kinds/strategy.ts";
import type { KubeObject } from "../../../sim/api/object.ts";

const pods = descriptorByResource("", "v1", "pods");
const slices = descriptorByResource("discovery.k8s.io", "v1", "endpointslices");

function made(spec: object): any {
  const metadata = { name: "p" };
  const pod = { apiVersion: "v1", kind: "Pod", metadata, spec } as unknown as KubeObject;
  return applyDefaults(pods!, pod).spec;
}

describe("fields of features that v1.36 has off", () => {
  const withLifecycle = (lifecycle: object) =>
    made({ containers: [{ name: "m", image: "i", lifecycle }] }).containers[0].lifecycle;

  it("a stop signal is dropped, and the lifecycle with it when nothing else is there", () => {
    const preStop = { sleep: { seconds: 1 } };
    expect(withLifecycle({ stopSignal: "SIGTERM" })).toBeUndefined();
    expect(withLifecycle({ stopSignal: "SIGTERM", preStop })).toEqual({ preStop });
  });

  it("projected trust bundles and pod certificates are dropped from their sources", () => {
    const sources = [
      { clusterTrustBundle: { name: "x", path: "y" } },
      { podCertificate: { signerName: "a.b/c", keyType: "ED25519" } },
      { configMap: { name: "a" } },
    ];
    const { volumes } = made({ containers: [], volumes: [{ name: "v", projected: { sources } }] });
    expect(volumes[0].projected.sources).toEqual([{}, {}, { configMap: { name: "a" } }]);
  });
});

describe("what Go prints of an EndpointSlice without endpoints or ports", () => {
  it("is null", () => {
    const slice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "e" },
      addressType: "IPv4",
    };
    const served = { group: "discovery.k8s.io", version: "v1" };
    expect(printObject(slices!, served, slice as unknown as KubeObject)).toEqual({
      ...slice,
      endpoints: null,
      ports: null,
    });
  });
});
