import { describe, expect, test } from "vitest";
import type { Event } from "../../sim/api/types.gen.ts";
import { bed, isReady, restartsOf } from "./cluster.ts";

const instantCrash = { crash: { exits: { after: "0s", code: 1 } } };

describe("a container that ends", () => {
  test("restarts at 0, 10, 30, 70, 150, 310 and 610 s when it crashes at once", () => {
    const b = bed({ images: instantCrash });
    b.addAll();
    b.run("p", ["crash"]);
    b.until(1000);
    const times = b.history("p", restartsOf).filter(([, count]) => count > 0);
    expect(times).toEqual([
      [0, 1],
      [10, 2],
      [30, 3],
      [70, 4],
      [150, 5],
      [310, 6],
      [610, 7],
      [910, 8],
    ]);
  });

  test("says CrashLoopBackOff with its delay, and how it last ended", () => {
    const b = bed({ images: instantCrash });
    b.addAll();
    b.run("p", ["crash"]);
    b.until(35);
    const status = b.pod("p")?.status?.containerStatuses?.[0];
    expect(status?.state?.waiting?.reason).toBe("CrashLoopBackOff");
    expect(status?.state?.waiting?.message).toMatch(
      /^back-off 40s restarting failed container=main pod=p_default\(/,
    );
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
    expect(b.pod("p")?.status?.phase).toBe("Running");
    expect(isReady(b.pod("p"))).toBe(false);
  });

  test("is named by the list of the spec it stands in, in what the node says of it", () => {
    const b = bed({ images: { setup: { exits: { after: "1s", code: 0 } } } });
    b.addAll();
    const setup = { name: "setup", image: "setup" };
    const proxy = { name: "proxy", image: "proxy", restartPolicy: "Always" };
    b.run("p", ["web:1"], { initContainers: [setup, proxy] });
    b.until(10);
    const events = [...b.store.objects("Event").values()] as Event[];
    const started = events.filter(({ reason }) => reason === "Started");
    expect(started.map(({ involvedObject }) => involvedObject.fieldPath)).toEqual([
      "spec.initContainers{setup}",
      "spec.initContainers{proxy}",
      "spec.containers{main}",
    ]);
  });

  test("is forgiven after more than ten minutes of clean running", () => {
    const b = bed({ images: { slow: { exits: { after: "11m", code: 1, times: 2 } } } });
    b.addAll();
    b.run("p", ["slow"]);
    b.until(30 * 60);
    expect(b.history("p", restartsOf).filter(([, count]) => count > 0)).toEqual([
      [660, 1],
      [1320, 2],
    ]);
  });

  test.each([
    ["Always", 0, "Running", 1],
    ["Always", 3, "Running", 1],
    ["OnFailure", 0, "Succeeded", 0],
    ["OnFailure", 3, "Running", 1],
    ["Never", 0, "Succeeded", 0],
    ["Never", 3, "Failed", 0],
  ])(
    "with restartPolicy %s and exit %i becomes %s with %i restarts",
    (restartPolicy, code, phase, restarts) => {
      const b = bed({ images: { once: { exits: { after: "5s", code, times: 1 } } } });
      b.addAll();
      b.run("p", ["once"], { restartPolicy });
      b.until(60);
      expect(b.pod("p")?.status?.phase).toBe(phase);
      expect(restartsOf(b.pod("p"))).toBe(restarts);
    },
  );

  test("marks a completed pod as the kubelet does", () => {
    const b = bed({ images: { job: { exits: { after: "5s", code: 0 } } } });
    b.addAll();
    b.run("p", ["job"], { restartPolicy: "Never" });
    b.until(10);
    const conditions = b
      .pod("p")
      ?.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]);
    expect(conditions).toEqual([
      ["PodReadyToStartContainers", "False", undefined],
      ["Initialized", "True", "PodCompleted"],
      ["Ready", "False", "PodCompleted"],
      ["ContainersReady", "False", "PodCompleted"],
    ]);
  });

  test("is killed at its memory limit: exit 137, OOMKilled", () => {
    const b = bed({ images: { leak: { memory: { value: "50Mi", growth: "10Mi" } } } });
    b.addAll();
    b.run("p", [{ image: "leak", resources: { limits: { memory: "100Mi" } } }], {
      restartPolicy: "Never",
    });
    b.until(60);
    const ended = b.pod("p")?.status?.containerStatuses?.[0]?.state?.terminated;
    expect(ended).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
    expect(b.history("p", (pod) => pod.status?.phase).at(-1)).toEqual([
      expect.closeTo(5, 3),
      "Failed",
    ]);
  });

  test("leaves init containers behind before the others start", () => {
    const b = bed({ images: { init: { exits: { after: "3s", code: 0 } } } });
    b.addAll();
    b.run("p", ["web:1"], {
      initContainers: [
        { name: "one", image: "init" },
        { name: "two", image: "init" },
      ],
    });
    b.until(1);
    expect(b.pod("p")?.status?.phase).toBe("Pending");
    expect(b.pod("p")?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(
      "PodInitializing",
    );
    b.until(5);
    const initialized = b.pod("p")?.status?.conditions?.find(({ type }) => type === "Initialized");
    expect(initialized?.message).toBe("containers with incomplete status: [two]");
    b.until(6.5);
    expect(isReady(b.pod("p"))).toBe(true);
  });

  test("ends its sidecars after it, in reverse order", () => {
    const b = bed({
      images: { job: { exits: { after: "5s", code: 0 } }, side: { stopTime: "1s" } },
    });
    b.addAll();
    b.run("p", ["job"], {
      restartPolicy: "Never",
      initContainers: [
        { name: "first", image: "side", restartPolicy: "Always" },
        { name: "second", image: "side", restartPolicy: "Always" },
      ],
    });
    b.until(20);
    const ends = b
      .pod("p")
      ?.status?.initContainerStatuses?.map(({ state }) => state?.terminated?.finishedAt);
    expect(ends).toEqual(["2026-01-01T00:00:07Z", "2026-01-01T00:00:06Z"]);
    expect(b.pod("p")?.status?.phase).toBe("Succeeded");
  });
});
