import { describe, expect, it } from "vitest";
import type { Container, DeviceClass, Pod } from "../../../sim/api/types.gen.ts";
import {
  classBehind,
  extendedRequests,
} from "../../../sim/scheduler/plugins/dynamic-resources/extended-resources.ts";
import { backsWanted, offersMore } from "../../../sim/scheduler/plugins/hints/resources.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot/snapshot.ts";
import { decision, scores, verdicts } from "../ask.ts";
import { node, pod } from "../builders.ts";
import { claim, DRIVER, deviceClass, exactly, gpu, slice, two } from "../device-builders.ts";

const GPU = "example.com/gpu";
const IMPLICIT = "deviceclass.resource.kubernetes.io/gpu";

/** A class of the test's devices, behind an extended resource where one is named. */
const backing = (name: string, resource?: string, second = 0): DeviceClass => {
  const made = deviceClass(name, `device.driver == "${DRIVER}"`);
  return {
    ...made,
    metadata: { ...made.metadata, creationTimestamp: `2026-01-01T00:00:0${second}Z` },
    spec: { ...made.spec, ...(resource === undefined ? {} : { extendedResourceName: resource }) },
  } as unknown as DeviceClass;
};

const snapshotOf = (...classes: readonly DeviceClass[]): Snapshot => {
  const snapshot = new Snapshot();
  for (const each of classes) snapshot.putObject("DeviceClass", each);
  return snapshot;
};

describe("the class behind a resource", () => {
  it.each<[string, string, readonly DeviceClass[], string | undefined]>([
    ["is the one that names it", GPU, [backing("a"), backing("b", GPU)], "b"],
    ["is the newest of those that name it", GPU, [backing("a", GPU, 1), backing("b", GPU, 2)], "b"],
    ["is the first by name of two as old", GPU, [backing("b", GPU), backing("a", GPU)], "a"],
    ["is the one of the implicit name", IMPLICIT, [backing("gpu", GPU)], "gpu"],
    ["is none without a class", GPU, [], undefined],
    ["is none for another resource", "example.com/nic", [backing("a", GPU)], undefined],
    ["is none for Kubernetes' own resources", "cpu", [backing("a", "cpu")], undefined],
  ])("%s: %#", (_, resource, classes, expected) => {
    expect(classBehind(resource, snapshotOf(...classes))?.metadata.name).toBe(expected);
  });

  it("is another one when the newest is gone", () => {
    const snapshot = snapshotOf(backing("a", GPU, 1), backing("b", GPU, 2));
    expect(classBehind(GPU, snapshot)?.metadata.name).toBe("b");
    snapshot.removeObject("DeviceClass", "b");
    expect(classBehind(GPU, snapshot)?.metadata.name).toBe("a");
  });
});

const NIC = "example.com/nic";
const container = (name: string, requests: object, restartPolicy?: string): Container =>
  ({
    name,
    image: "app",
    resources: { requests },
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  }) as unknown as Container;
const withContainers = (containers: readonly Container[], initContainers: Container[] = []): Pod =>
  pod("p", { spec: { containers, initContainers } as never });

describe("the requests for a pod's extended resources", () => {
  const asked = (subject: Pod, ...resources: string[]) => {
    const { requests, mappings } = extendedRequests(subject, resources, (resource) =>
      backing(resource === NIC ? "nic" : "gpu"),
    );
    return {
      requests: requests.map(
        ({ name, exactly: { deviceClassName = "", allocationMode, count } = {} as never }) =>
          `${name}: ${count} ${deviceClassName} ${allocationMode}`,
      ),
      mappings: mappings.map(
        ({ containerName, resourceName, requestName }) =>
          `${containerName} ${resourceName} ${requestName}`,
      ),
    };
  };

  it.each<[string, Pod, readonly string[], readonly string[]]>([
    [
      "are named by the places of the container and of the resource among what it requests",
      withContainers([container("a", { cpu: "1", [GPU]: "2", [NIC]: "1" })]),
      ["container-0-request-1: 2 gpu ExactCount", "container-0-request-2: 1 nic ExactCount"],
      [`a ${GPU} container-0-request-1`, `a ${NIC} container-0-request-2`],
    ],
    [
      "are one for each container",
      withContainers([container("a", { [GPU]: "2" }), container("b", { [GPU]: "1" })]),
      ["container-0-request-0: 2 gpu ExactCount", "container-1-request-0: 1 gpu ExactCount"],
      [`a ${GPU} container-0-request-0`, `b ${GPU} container-1-request-0`],
    ],
    [
      "count init containers first, which use what the others will have",
      withContainers([container("main", { [GPU]: "2" })], [container("init", { [GPU]: "1" })]),
      ["container-1-request-0: 2 gpu ExactCount"],
      [`main ${GPU} container-1-request-0`, `init ${GPU} container-1-request-0`],
    ],
    [
      "of init containers that need more are one for the largest of them",
      withContainers(
        [container("main", { [GPU]: "1" })],
        [container("one", { [GPU]: "2" }), container("two", { [GPU]: "4" })],
      ),
      ["container-1-request-0: 3 gpu ExactCount", "container-2-request-0: 1 gpu ExactCount"],
      [
        `main ${GPU} container-2-request-0`,
        `one ${GPU} container-2-request-0`,
        `one ${GPU} container-1-request-0`,
        `two ${GPU} container-2-request-0`,
        `two ${GPU} container-1-request-0`,
      ],
    ],
    [
      "of a sidecar last; an init container before it uses them, one after it does not",
      withContainers(
        [],
        [
          container("before", { [GPU]: "1" }),
          container("side", { [GPU]: "1" }, "Always"),
          container("after", { [GPU]: "1" }),
        ],
      ),
      ["container-1-request-0: 1 gpu ExactCount", "container-2-request-0: 1 gpu ExactCount"],
      [
        `side ${GPU} container-1-request-0`,
        `before ${GPU} container-1-request-0`,
        `after ${GPU} container-2-request-0`,
      ],
    ],
    ["leave out what asks for none", withContainers([container("a", { [GPU]: "0" })]), [], []],
  ])("%s: %#", (_, subject, requests, mappings) => {
    expect(asked(subject, NIC, GPU)).toEqual({ requests, mappings });
  });
});

describe("a pod that asks for an extended resource", () => {
  const asking = (amount = "1", resource = GPU, more: object = {}) =>
    pod("p", { requests: { [resource]: amount }, ...more });
  const world = (more: object = {}, allocatable: Readonly<Record<string, string>> = {}) => ({
    nodes: [node("n", { allocatable })],
    objects: {
      deviceclasses: [backing("gpu", GPU)],
      resourceslices: [slice("n", two)],
      ...more,
    },
  });
  const judged = (subject: Pod, question: ReturnType<typeof world>) =>
    verdicts("DynamicResources", subject, question)["n"];
  const NO = "cannot allocate all claims";
  const SHORT = `NodeResourcesFit: Insufficient ${GPU}`;
  const held = (...names: string[]) => {
    const results = names.map((device) => ({ request: "r", driver: DRIVER, pool: "n", device }));
    return claim("held", [exactly("r")], {}, { allocation: { devices: { results } } });
  };
  const own = (status?: object) => {
    const made = claim("p-extended-resources-x", [exactly("container-0-request-0")], {}, status);
    const annotations = { "resource.kubernetes.io/extended-resource-claim": "true" };
    const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "uid-p", controller: true };
    return { ...made, metadata: { ...made.metadata, annotations, ownerReferences: [owner] } };
  };

  it.each<[string, Pod, ReturnType<typeof world>, string]>([
    ["gets devices of the class behind it", asking("2"), world(), "fits"],
    ["gets no more devices than there are", asking("3"), world(), NO],
    ["gets devices by the implicit name", asking("1", IMPLICIT), world(), "fits"],
    ["is short of it without a class", asking(), world({ deviceclasses: [] }), SHORT],
    [
      "is short of it when the class stands behind another resource",
      asking(),
      world({ deviceclasses: [backing("gpu", NIC)] }),
      SHORT,
    ],
    ["gets what the node offers itself", asking("3"), world({}, { [GPU]: "3" }), "fits"],
    ["is short of what the node offers itself", asking("4"), world({}, { [GPU]: "3" }), SHORT],
    ["gets devices where the node offers zero", asking("2"), world({}, { [GPU]: "0" }), "fits"],
    [
      "gets no device that another claim has",
      asking(),
      world({ resourceclaims: [held("gpu-0", "gpu-1")] }),
      NO,
    ],
    [
      "gets one beside the devices of its claims",
      pod("p", {
        requests: { [GPU]: "1" },
        spec: { resourceClaims: [{ name: "c", resourceClaimName: "c" }] },
      }),
      world({ resourceclaims: [claim("c", [exactly("r")])] }),
      "fits",
    ],
    [
      "gets none beside claims that need all devices",
      pod("p", {
        requests: { [GPU]: "1" },
        spec: { resourceClaims: [{ name: "c", resourceClaimName: "c" }] },
      }),
      world({ resourceclaims: [claim("c", [exactly("r", { count: 2 })])] }),
      NO,
    ],
    [
      "is held up by the claim of an earlier try",
      asking(),
      world({ resourceclaims: [own()] }),
      "cannot schedule extended resource claim",
    ],
  ])("%s: %#", (_, subject, question, expected) => {
    expect(judged(subject, question)).toBe(expected);
  });

  it("is refused where neither the node nor a class has another of its resources, were that one ignored", () => {
    const subject = pod("p", { requests: { [GPU]: "1", [NIC]: "1" } });
    const config = { ...world(), args: { ignoredResources: [NIC] } };
    expect(verdicts("NodeResourcesFit", subject, config)["n"]).toBe(
      "DynamicResources: cannot fit resource",
    );
  });

  it("has the claim of an earlier try deleted", () => {
    const stale = own({ allocation: { devices: { results: [] } } });
    const { postFilter } = decision(
      "DynamicResources",
      asking(),
      world({ resourceclaims: [stale] }),
    );
    expect(postFilter?.reasons).toContain("deletion of ResourceClaim completed");
  });

  describe("is scored by it", () => {
    const three = ["a", "b", "c"];
    const question = (type: string, more: object = {}) => ({
      nodes: [node("a"), node("b"), node("c", { allocatable: { [GPU]: "4" } })],
      objects: {
        deviceclasses: [backing("gpu", GPU)],
        resourceslices: [
          slice("a", [gpu("gpu-0"), gpu("gpu-1")]),
          slice("b", [gpu("gpu-0"), gpu("gpu-1"), gpu("gpu-2"), gpu("gpu-3")]),
          slice("c", [gpu("gpu-0")]),
        ],
        ...more,
      },
      args: { scoringStrategy: { type, resources: [{ name: GPU, weight: 1 }] } },
    });
    const scored = (question: Parameters<typeof scores>[2], plugin = "NodeResourcesFit") => {
      const all = scores(plugin, asking(), question);
      return three.map((name) => all[name]?.[0]);
    };

    it("where the devices of a node count for what it does not offer itself", () => {
      expect(scored(question("LeastAllocated"))).toEqual([50, 75, 75]);
      expect(scored(question("MostAllocated"))).toEqual([50, 25, 25]);
    });

    it("and devices in use count as used", () => {
      const results = [{ request: "r", driver: DRIVER, pool: "b", device: "gpu-1" }];
      const taken = claim("held", [exactly("r")], {}, { allocation: { devices: { results } } });
      expect(scored(question("LeastAllocated", { resourceclaims: [taken] }))).toEqual([50, 50, 75]);
    });

    it("by the balance, too", () => {
      const args = { resources: [{ name: GPU }, { name: "cpu" }] };
      const raw = scored(
        { ...question("LeastAllocated"), args },
        "NodeResourcesBalancedAllocation",
      );
      expect(raw).toEqual([62, 68, 68]);
    });
  });

  describe("wakes", () => {
    const subject = asking();
    const old = node("n");

    it.each<[string, Pod, DeviceClass | undefined, DeviceClass, boolean]>([
      ["when a class comes that names it", subject, undefined, backing("a", GPU), true],
      ["when a class names it now", subject, backing("a"), backing("a", GPU), true],
      ["not when the class named it before", subject, backing("a", GPU), backing("a", GPU), false],
      ["not when a class names another", subject, undefined, backing("a", NIC), false],
      [
        "when the class of the implicit name comes",
        asking("1", IMPLICIT),
        undefined,
        backing("gpu"),
        true,
      ],
      [
        "not when that class changes",
        asking("1", IMPLICIT),
        backing("gpu"),
        backing("gpu", GPU),
        false,
      ],
    ])("%s: %#", (_, waiting, before, after, expected) => {
      expect(backsWanted(waiting, before, after, snapshotOf(after))).toBe(expected);
    });

    it("when a node comes or changes that may have devices for it", () => {
      const helps = (snapshot: Snapshot, before?: typeof old) =>
        offersMore(subject, before, old, snapshot, () => false);
      expect(helps(snapshotOf())).toBe(false);
      expect(helps(snapshotOf(backing("a", GPU)))).toBe(true);
      expect(helps(snapshotOf(backing("a", GPU)), old)).toBe(true);
    });
  });
});
