import { describe, expect, test } from "vitest";
import type { Pod, ResourceClaim } from "../../../sim/api/types.gen.ts";
import { createCluster } from "../../../sim/cluster.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { claim, DRIVER, deviceClass, exactly, slice, two, user } from "../device-builders.ts";

describe("in a cluster", () => {
  const cluster = (pace: "fast" | "kubernetes" = "fast") => {
    const running = createCluster({
      seed: "claims",
      pace,
      nodes: [{ count: 2, name: "node-{i}", capacity: { cpu: "8", memory: "16Gi", pods: "110" } }],
    });
    create(running, deviceClass("gpu", `device.driver == "${DRIVER}"`));
    for (const each of running.store.objects("Node").values())
      create(running, slice(each.metadata.name, two));
    return running;
  };
  type Running = ReturnType<typeof createCluster>;
  const create = (running: Running, object: any) => {
    const { uid: _, resourceVersion: __, ...metadata } = object.metadata;
    running.engine.as("test", 0, () =>
      running.api.create(object.kind, { ...object, metadata } as never),
    );
  };
  const get = <T>(running: Running, kind: string, key: string) =>
    running.store.get(kind, key) as T | undefined;
  const submit = (running: Running, name: string, claimName: string) => {
    const { apiVersion, kind, metadata, spec } = user(name, claimName);
    create(running, { apiVersion, kind, metadata, spec });
  };

  test("devices are written into the claim, reserved for the pod, and never given twice", () => {
    const running = cluster();
    for (let at = 0; at < 5; at++) {
      create(running, claim(`c${at}`, [exactly("r")]));
      submit(running, `p${at}`, `c${at}`);
    }
    running.runUntil(20 * SECOND);
    const devices: string[] = [];
    let pending = 0;
    for (let at = 0; at < 5; at++) {
      const { status, metadata } =
        get<ResourceClaim>(running, "ResourceClaim", `default/c${at}`) ?? {};
      const results = status?.allocation?.devices?.results ?? [];
      if (get<Pod>(running, "Pod", `default/p${at}`)?.spec.nodeName === undefined) pending++;
      else {
        expect(status?.reservedFor?.map(({ name }) => name)).toEqual([`p${at}`]);
        expect(metadata?.finalizers).toContain("resource.kubernetes.io/delete-protection");
      }
      devices.push(...results.map(({ pool, device }) => `${pool}/${device}`));
    }
    expect([devices.length, new Set(devices).size, pending]).toEqual([4, 4, 1]);
  });

  test("a claim is free again when the scheduler ends before it has bound the pod", () => {
    for (let after = 1000; after <= 9000; after += 2000) {
      const running = cluster("kubernetes");
      create(running, claim("c", [exactly("r")]));
      submit(running, "p", "c");
      running.runUntil(after);
      running.engine.as("test", 0, () => {
        running.scheduler.stop();
        running.scheduler.start();
      });
      running.runUntil(60 * SECOND);
      expect([after, get<Pod>(running, "Pod", "default/p")?.status?.phase]).toEqual([
        after,
        "Running",
      ]);
    }
  });

  test("a claim that nobody uses is given back where it is in its pod's way", () => {
    const running = cluster();
    const [first = "", second = ""] = [...running.store.objects("Node").values()].map(
      ({ metadata }) => metadata.name,
    );
    create(running, claim("c", [exactly("r")]));
    submit(running, "user", "c");
    running.runUntil(5 * SECOND);
    const at = get<Pod>(running, "Pod", "default/user")?.spec.nodeName;
    const other = at === first ? second : first;
    running.engine.as("test", 0, () => running.api.delete("Pod", "default/user"));
    running.runUntil(6 * SECOND);
    // The claim stays allocated to the first node while its controller is away; the next pod must go to the other.
    const { apiVersion, kind, metadata, spec } = user("next", "c");
    const pinned = { ...spec, nodeSelector: { "kubernetes.io/hostname": other } };
    create(running, { apiVersion, kind, metadata, spec: pinned });
    running.runUntil(30 * SECOND);
    expect(get<Pod>(running, "Pod", "default/next")?.spec.nodeName).toBe(other);
  });

  test("parts of shared devices are written with their amounts and never given twice", () => {
    const running = cluster();
    const [where = ""] = [...running.store.objects("Node").values()].map(
      ({ metadata }) => metadata.name,
    );
    const device = {
      name: "nic-0",
      allowMultipleAllocations: true,
      capacity: { bandwidth: { value: "10" } },
    };
    const spec = { driver: "nic", pool: { name: "nic", generation: 1, resourceSliceCount: 1 } };
    create(running, { ...slice(where, [device], spec), metadata: { name: "nics" } });
    create(running, deviceClass("nic", 'device.driver == "nic"'));
    for (let at = 0; at < 3; at++) {
      const capacity = { requests: { bandwidth: "4" } };
      const request = { name: "r", exactly: { deviceClassName: "nic", capacity } };
      create(running, claim(`n${at}`, [request]));
      submit(running, `p${at}`, `n${at}`);
    }
    running.runUntil(20 * SECOND);
    const results = [0, 1, 2].flatMap(
      (at) =>
        get<ResourceClaim>(running, "ResourceClaim", `default/n${at}`)?.status?.allocation?.devices
          ?.results ?? [],
    );
    expect(results.map(({ consumedCapacity }) => consumedCapacity)).toEqual([
      { bandwidth: "4" },
      { bandwidth: "4" },
    ]);
    expect(new Set(results.map(({ shareID }) => shareID)).size).toBe(2);
  });

  test.each([
    ["Ready", true],
    ["Broken", false],
  ])("a device with binding conditions is waited for, until it is %s", (type, binds) => {
    const running = cluster();
    const [where = ""] = [...running.store.objects("Node").values()].map(
      ({ metadata }) => metadata.name,
    );
    const conditions = { bindingConditions: ["Ready"], bindingFailureConditions: ["Broken"] };
    const spec = { driver: "fpga", pool: { name: "fpga", generation: 1, resourceSliceCount: 1 } };
    create(running, {
      ...slice(where, [{ name: "fpga-0", ...conditions }], spec),
      metadata: { name: "fpgas" },
    });
    create(running, deviceClass("fpga", 'device.driver == "fpga"'));
    create(running, claim("c", [{ name: "r", exactly: { deviceClassName: "fpga" } }]));
    submit(running, "p", "c");
    running.runUntil(20 * SECOND);
    const claimed = () => get<ResourceClaim>(running, "ResourceClaim", "default/c");
    expect(claimed()?.status?.allocation?.devices?.results?.[0]).toMatchObject(conditions);
    expect(get<Pod>(running, "Pod", "default/p")?.spec.nodeName).toBeUndefined();
    const device = { driver: "fpga", pool: "fpga", device: "fpga-0" };
    const said = { type, status: "True", reason: "x", message: "", lastTransitionTime: null };
    running.engine.as("test", 0, () =>
      running.api.writeStatus<ResourceClaim>("ResourceClaim", "default/c", {
        ...claimed()?.status,
        devices: [{ ...device, conditions: [said as never] }],
      }),
    );
    running.runUntil(26 * SECOND);
    expect(get<Pod>(running, "Pod", "default/p")?.spec.nodeName).toBe(binds ? where : undefined);
  });

  test("pods that share a claim go where it is", () => {
    const running = cluster();
    create(running, claim("shared", [exactly("r")]));
    for (let at = 0; at < 4; at++) submit(running, `p${at}`, "shared");
    running.runUntil(40 * SECOND);
    const nodes = [0, 1, 2, 3].map(
      (at) => get<Pod>(running, "Pod", `default/p${at}`)?.spec.nodeName,
    );
    expect(new Set(nodes).size).toBe(1);
    expect(nodes[0]).toBeDefined();
    expect(
      get<ResourceClaim>(running, "ResourceClaim", "default/shared")?.status?.reservedFor,
    ).toHaveLength(4);
  });

  test("a pod waits for its claim, and goes on from a checkpoint as if nothing happened", () => {
    const running = cluster();
    submit(running, "early", "late");
    running.runUntil(5 * SECOND);
    expect(get<Pod>(running, "Pod", "default/early")?.spec.nodeName).toBeUndefined();
    const go = (each: Running) => {
      create(each, claim("late", [exactly("r")]));
      each.runUntil(5 * SECOND + 1000);
      return each;
    };
    const saved = go(running).save();
    running.runUntil(30 * SECOND);
    expect(get<Pod>(running, "Pod", "default/early")?.spec.nodeName).toBeDefined();
    const restored = cluster();
    restored.load(saved);
    restored.runUntil(30 * SECOND);
    expect(restored.engine.journal.digest()).toBe(running.engine.journal.digest());
  });
});
