import { describe, expect, it } from "vitest";
import { timestamp } from "../../../sim/api/meta/time.ts";
import type { Pod } from "../../../sim/api/types.gen.ts";
import { chooseVictims } from "../../../sim/controllers/replica-set/victims.ts";
import { SECOND } from "../../../sim/engine/time.ts";

const NOW = 100_000 * SECOND;

interface Traits {
  node?: string;
  phase?: string;
  /** Seconds since it became ready; not ready when absent. */
  ready?: number;
  cost?: number;
  restarts?: number;
  sidecarRestarts?: number;
  /** Seconds since its creation. */
  age?: number;
}

function pod(name: string, { node = "n", phase = "Running", ...traits }: Traits = {}): Pod {
  const { ready, cost, restarts = 0, sidecarRestarts = 0, age = 50_000 } = traits;
  const at = (seconds: number) => timestamp(NOW - seconds * SECOND);
  return {
    metadata: {
      name,
      uid: name,
      creationTimestamp: at(age),
      annotations:
        cost === undefined ? {} : { "controller.kubernetes.io/pod-deletion-cost": String(cost) },
    },
    spec: {
      nodeName: node,
      containers: [],
      initContainers: [{ name: "proxy", restartPolicy: "Always" }, { name: "init" }],
    },
    status: {
      phase,
      containerStatuses: [{ restartCount: restarts }],
      initContainerStatuses: [
        { name: "proxy", restartCount: sidecarRestarts },
        { name: "init", restartCount: 9 - sidecarRestarts },
      ],
      conditions:
        ready === undefined
          ? []
          : [{ type: "Ready", status: "True", lastTransitionTime: at(ready) }],
    },
  } as never;
}

describe("the victim of a scale-down", () => {
  it.each([
    ["unassigned before assigned", { node: "" }, {}],
    ["Pending before Running", { phase: "Pending" }, { phase: "Running" }],
    ["unready before ready", {}, { ready: 10 }],
    ["the cheaper one", { ready: 10, cost: -5 }, { ready: 10 }],
    ["ready for a shorter time, by powers of two", { ready: 10 }, { ready: 1_000 }],
    ["more restarts", { ready: 10, restarts: 3 }, { ready: 10, sidecarRestarts: 5 }],
    ["more restarts of a sidecar", { ready: 10, sidecarRestarts: 3 }, { ready: 10, age: 20 }],
    ["the newer one, by powers of two", { ready: 10, age: 20 }, { ready: 10, age: 9_000 }],
  ] as const)("is the pod that is %s", (_why, first, second) => {
    const pods = [pod("b", second), pod("a", first)];
    expect(chooseVictims(pods, pods, 1, NOW).map(({ metadata }) => metadata.name)).toEqual(["a"]);
  });

  it("stands where most siblings are, those of other ReplicaSets counted", () => {
    const pods = [pod("a", { node: "x", ready: 9 }), pod("b", { node: "y", ready: 9 })];
    const related = [...pods, pod("other", { node: "y", ready: 9 })];
    expect(chooseVictims(pods, related, 1, NOW)[0]?.metadata.name).toBe("b");
  });

  it("does not depend on the cost of one that cannot be read", () => {
    const odd = pod("a", { ready: 9 });
    const pods = [
      pod("b", { ready: 9, cost: 1 }),
      {
        ...odd,
        metadata: {
          ...odd.metadata,
          annotations: { "controller.kubernetes.io/pod-deletion-cost": "+7" },
        },
      },
    ];
    expect(chooseVictims(pods, pods, 1, NOW)[0]?.metadata.name).toBe("a");
  });
});
