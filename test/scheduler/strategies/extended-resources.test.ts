import { describe, expect, test } from "vitest";
import type { Pod, ResourceClaim } from "../../../sim/api/types.gen.ts";
import { createCluster } from "../../../sim/cluster.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { pod } from "../builders.ts";
import { DRIVER, deviceClass, exactly, gpu, slice, two } from "../device-builders.ts";

const GPU = "example.com/gpu";

type Running = ReturnType<typeof createCluster>;

const create = (running: Running, object: any) => {
  const { uid: _, resourceVersion: __, ...metadata } = object.metadata;
  running.engine.as("test", 0, () =>
    running.api.create(object.kind, { ...object, metadata } as never),
  );
};
const nodesOf = (running: Running) =>
  [...running.store.objects("Node").values()].map(({ metadata }) => metadata.name);
const BEHIND = { extendedResourceName: GPU };
const cluster = (behind: object = BEHIND, pace: "fast" | "kubernetes" = "fast") => {
  const running = createCluster({
    seed: "extended",
    pace,
    nodes: [{ count: 2, name: "node-{i}", capacity: { cpu: "8", memory: "16Gi", pods: "110" } }],
  });
  const made = deviceClass("gpu", `device.driver == "${DRIVER}"`);
  create(running, { ...made, spec: { ...made.spec, ...behind } });
  for (const name of nodesOf(running)) create(running, slice(name, two));
  return running;
};
const submit = (running: Running, name: string, wish: Parameters<typeof pod>[1] = {}) => {
  const { apiVersion, kind, metadata, spec } = pod(name, { requests: { [GPU]: "1" }, ...wish });
  const containers = spec.containers.map((each) => ({
    ...each,
    resources: { ...each.resources, limits: each.resources?.requests },
  }));
  create(running, { apiVersion, kind, metadata, spec: { ...spec, containers } });
};
const podOf = (running: Running, name: string) =>
  running.store.get("Pod", `default/${name}`) as Pod | undefined;
const claims = (running: Running) =>
  [...running.store.objects("ResourceClaim").values()] as unknown as readonly ResourceClaim[];
const act = (running: Running, work: () => unknown) => running.engine.as("test", 0, work as never);

describe("in a cluster, an extended resource behind which are devices", () => {
  test("is given to a pod by a claim made for it", () => {
    const running = cluster();
    submit(running, "p");
    running.runUntil(10 * SECOND);
    const { metadata, spec, status } = podOf(running, "p") as Pod;
    expect(status?.phase).toBe("Running");
    const [made] = claims(running);
    expect(made?.metadata.name).toMatch(/^p-extended-resources-.{5}$/);
    expect(made?.metadata).toMatchObject({
      generateName: "p-extended-resources-",
      annotations: { "resource.kubernetes.io/extended-resource-claim": "true" },
      finalizers: ["resource.kubernetes.io/delete-protection"],
      ownerReferences: [
        { apiVersion: "v1", kind: "Pod", name: "p", uid: metadata.uid, controller: true },
      ],
    });
    expect(made?.spec.devices?.requests).toEqual([
      {
        name: "container-0-request-0",
        exactly: { deviceClassName: "gpu", allocationMode: "ExactCount", count: 1 },
      },
    ]);
    expect(made?.status?.reservedFor).toEqual([{ resource: "pods", name: "p", uid: metadata.uid }]);
    expect(made?.status?.allocation?.devices?.results).toEqual([
      expect.objectContaining({ request: "container-0-request-0", pool: spec.nodeName }),
    ]);
    expect(status?.extendedResourceClaimStatus).toEqual({
      resourceClaimName: made?.metadata.name,
      requestMappings: [
        { containerName: "app", resourceName: GPU, requestName: "container-0-request-0" },
      ],
    });
  });

  test.each(["fast", "kubernetes"] as const)(
    "is given device by device, never one twice, and again when pods are done (%s)",
    (pace) => {
      const running = cluster(BEHIND, pace);
      for (let at = 0; at < 6; at++) submit(running, `p${at}`);
      running.runUntil(20 * SECOND);
      const devices = () =>
        claims(running).flatMap(({ status }) =>
          (status?.allocation?.devices?.results ?? []).map(
            ({ pool, device }) => `${pool}/${device}`,
          ),
        );
      const bound = () =>
        [0, 1, 2, 3, 4, 5].filter((at) => podOf(running, `p${at}`)?.spec.nodeName !== undefined);
      expect([devices().length, new Set(devices()).size, bound()]).toEqual([4, 4, [0, 1, 2, 3]]);
      const waiting = podOf(running, "p4")?.status?.conditions?.[0]?.message;
      expect(waiting).toContain("2 cannot allocate all claims");
      act(running, () => running.api.delete("Pod", "default/p0"));
      act(running, () =>
        running.api.writeStatus<Pod>("Pod", "default/p1", {
          ...podOf(running, "p1")?.status,
          phase: "Succeeded",
        }),
      );
      running.runUntil(120 * SECOND);
      expect(bound()).toEqual([1, 2, 3, 4, 5]);
      expect([devices().length, new Set(devices()).size]).toEqual([4, 4]);
      expect(
        claims(running)
          .map(({ metadata }) => metadata.name.slice(0, 2))
          .sort(),
      ).toEqual(["p2", "p3", "p4", "p5"]);
    },
  );

  test("is taken from the node that offers it itself without any claim", () => {
    const running = cluster();
    const [first = "", second = ""] = nodesOf(running);
    create(running, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "plugged" },
      status: { allocatable: { cpu: "8", memory: "16Gi", pods: "110", [GPU]: "1" } },
    });
    for (const name of [first, second])
      act(running, () => running.api.delete("ResourceSlice", `slice-${name}`));
    submit(running, "p");
    submit(running, "q");
    running.runUntil(5 * SECOND);
    const at = ["p", "q"].map((name) => podOf(running, name)?.spec.nodeName);
    expect(at).toEqual(["plugged", undefined]);
    expect(claims(running)).toEqual([]);
    expect(podOf(running, "p")?.status?.extendedResourceClaimStatus).toBeUndefined();
  });

  test.each([
    ["class", {}],
    ["class that names it", { extendedResourceName: "example.com/other" }],
  ])("is waited for until there is a %s", (_, behind) => {
    const running = cluster(behind);
    submit(running, "p");
    running.runUntil(5 * SECOND);
    expect(podOf(running, "p")?.spec.nodeName).toBeUndefined();
    const before = running.store.get("DeviceClass", "gpu") as any;
    act(running, () =>
      running.api.update("DeviceClass", {
        ...before,
        spec: { ...before.spec, extendedResourceName: GPU },
      }),
    );
    running.runUntil(20 * SECOND);
    expect(podOf(running, "p")?.spec.nodeName).toBeDefined();
  });

  test("is waited for until a slice has devices", () => {
    const running = cluster();
    const [first = ""] = nodesOf(running);
    submit(running, "p", { requests: { [GPU]: "3" } });
    running.runUntil(5 * SECOND);
    expect(podOf(running, "p")?.spec.nodeName).toBeUndefined();
    const before = running.store.get("ResourceSlice", `slice-${first}`) as any;
    act(running, () =>
      running.api.update("ResourceSlice", {
        ...before,
        spec: { ...before.spec, devices: [...two, gpu("gpu-2")] },
      }),
    );
    running.runUntil(20 * SECOND);
    expect(podOf(running, "p")?.spec.nodeName).toBe(first);
    expect(claims(running)[0]?.status?.allocation?.devices?.results).toHaveLength(3);
  });

  test("has its claim deleted when the pod cannot be bound, and made anew", () => {
    const conditions = { bindingConditions: ["Ready"], bindingFailureConditions: ["Broken"] };
    const running = cluster();
    for (const name of nodesOf(running)) {
      const before = running.store.get("ResourceSlice", `slice-${name}`) as any;
      const devices = two.map((each) => ({ ...each, ...conditions }));
      act(running, () =>
        running.api.update("ResourceSlice", { ...before, spec: { ...before.spec, devices } }),
      );
    }
    running.runUntil(SECOND);
    submit(running, "p");
    running.runUntil(3 * SECOND);
    const [first] = claims(running);
    expect(podOf(running, "p")?.spec.nodeName).toBeUndefined();
    const say = (type: string) => {
      const [claim] = claims(running);
      const { driver, pool, device } = claim?.status?.allocation?.devices?.results?.[0] ?? {};
      const said = { type, status: "True", reason: "x", message: "", lastTransitionTime: null };
      act(running, () =>
        running.api.writeStatus<ResourceClaim>("ResourceClaim", `default/${claim?.metadata.name}`, {
          ...claim?.status,
          devices: [{ driver, pool, device, conditions: [said] } as never],
        }),
      );
    };
    say("Broken");
    running.runUntil(12 * SECOND);
    const [second, ...more] = claims(running);
    expect(more).toEqual([]);
    expect(second?.metadata.name).not.toBe(first?.metadata.name);
    say("Ready");
    running.runUntil(30 * SECOND);
    expect(podOf(running, "p")?.status).toMatchObject({
      phase: "Running",
      extendedResourceClaimStatus: { resourceClaimName: second?.metadata.name },
    });
  });

  test("has the claim of an earlier try deleted before it is given anew", () => {
    const running = cluster();
    submit(running, "p", { spec: { schedulingGates: [{ name: "later" }] } });
    running.runUntil(SECOND);
    const { name, uid } = (podOf(running, "p") as Pod).metadata;
    create(running, {
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceClaim",
      metadata: {
        name: "p-extended-resources-old",
        namespace: "default",
        annotations: { "resource.kubernetes.io/extended-resource-claim": "true" },
        finalizers: ["resource.kubernetes.io/delete-protection"],
        ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid, controller: true }],
      },
      spec: { devices: { requests: [exactly("container-0-request-0")] } },
    });
    running.runUntil(2 * SECOND);
    const gated = podOf(running, "p") as Pod;
    const { schedulingGates: _, ...spec } = gated.spec;
    act(running, () => running.api.update<Pod>("Pod", { ...gated, spec }));
    running.runUntil(20 * SECOND);
    const made = claims(running).map(({ metadata }) => metadata.name);
    expect(made).toHaveLength(1);
    expect(made[0]).not.toBe("p-extended-resources-old");
    expect(podOf(running, "p")?.status).toMatchObject({
      phase: "Running",
      extendedResourceClaimStatus: { resourceClaimName: made[0] },
    });
  });

  test("is free again when the pod goes before it is bound", () => {
    for (let after = 2000; after <= 60_000; after += 2000) {
      const running = cluster(BEHIND, "kubernetes");
      for (let at = 0; at < 4; at++) submit(running, `p${at}`);
      running.runUntil(after);
      for (let at = 0; at < 4; at++)
        act(running, () => running.api.delete("Pod", `default/p${at}`, { gracePeriodSeconds: 0 }));
      for (let at = 0; at < 4; at++) submit(running, `q${at}`);
      running.runUntil(60 * SECOND);
      const bound = [0, 1, 2, 3].map((at) => podOf(running, `q${at}`)?.status?.phase);
      expect([after, ...bound]).toEqual([after, "Running", "Running", "Running", "Running"]);
      expect(claims(running)).toHaveLength(4);
    }
  });

  test("is free again when the scheduler ends before it has bound the pod", () => {
    for (let after = 2000; after <= 60_000; after += 2000) {
      const running = cluster(BEHIND, "kubernetes");
      for (let at = 0; at < 4; at++) submit(running, `p${at}`);
      running.runUntil(after);
      act(running, () => {
        running.scheduler.stop();
        running.scheduler.start();
      });
      running.runUntil(60 * SECOND);
      const bound = [0, 1, 2, 3].map((at) => podOf(running, `p${at}`)?.status?.phase);
      expect([after, ...bound]).toEqual([after, "Running", "Running", "Running", "Running"]);
      expect(claims(running)).toHaveLength(4);
    }
  });

  test("goes on from a checkpoint as if nothing happened", () => {
    for (let at = 5000; at <= 60_000; at += 5000) {
      const running = cluster(BEHIND, "kubernetes");
      for (let pod = 0; pod < 5; pod++) submit(running, `p${pod}`);
      running.runUntil(at);
      const saved = running.save();
      running.runUntil(30 * SECOND);
      const restored = cluster(BEHIND, "kubernetes");
      restored.load(saved);
      restored.runUntil(30 * SECOND);
      expect(restored.engine.journal.digest()).toBe(running.engine.journal.digest());
    }
  });
});
