import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import { bed, isReady } from "./cluster.ts";

/** When the pod was gone from the API, in seconds. */
function goneAt(b: ReturnType<typeof bed>, name: string): number | undefined {
  const entry = b.engine.journal.entries.find(
    (candidate) =>
      candidate.kind === "change" &&
      candidate.collection === "Pod" &&
      candidate.key === `default/${name}` &&
      candidate.after === undefined,
  );
  return entry === undefined ? undefined : entry.time / SECOND;
}

const sleep = (seconds: number) => ({ lifecycle: { preStop: { sleep: { seconds } } } });
const command = (text: string) => ({
  lifecycle: { preStop: { exec: { command: ["sh", "-c", text] } } },
});

describe("a deleted pod", () => {
  test.each([
    ["stops when its process does", "3s", {}, 30, undefined, 13, 0],
    [
      "is killed at the end of its grace when it ignores SIGTERM",
      "never",
      {},
      30,
      undefined,
      40,
      137,
    ],
    ["runs its preStop hook first, within its grace", "3s", sleep(5), 30, undefined, 18, 0],
    [
      "is killed at the end of its grace although the hook took part of it",
      "never",
      sleep(20),
      30,
      undefined,
      40,
      137,
    ],
    [
      "has two more seconds when the hook overran its grace",
      "never",
      command("sleep 60"),
      30,
      undefined,
      42,
      137,
    ],
    [
      "has two more seconds in which it may stop by itself",
      "1s",
      command("sleep 60"),
      30,
      undefined,
      41,
      0,
    ],
    ["gets the grace that the deletion names", "never", {}, 30, 5, 15, 137],
    ["reads how long a hook sleeps", "1s", command("sleep 7"), 30, undefined, 18, 0],
  ] as const)("%s", (_title, stopTime, more, grace, given, gone, code) => {
    const b = bed({ images: { app: { stopTime } } });
    b.addAll();
    b.run("p", [{ image: "app", ...more } as never], { terminationGracePeriodSeconds: grace });
    b.until(10);
    b.remove("p", given);
    b.until(200);
    expect(goneAt(b, "p")).toBe(gone);
    const last = b.history(
      "p",
      (pod) => pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode,
    );
    expect(last.at(-1)?.[1]).toBe(code);
  });

  test("keeps answering readiness probes while it stops, but liveness no more", () => {
    const probes = {
      readiness: [{ answer: "success" }, { from: "12s", answer: "failure" }],
      liveness: [{ answer: "success" }, { from: "12s", answer: "failure" }],
    };
    const b = bed({ images: { app: { stopTime: "never", probes } } });
    b.addAll();
    const probe = {
      httpGet: { port: 80 },
      periodSeconds: 5,
      failureThreshold: 1,
      successThreshold: 1,
    } as never;
    b.run("p", [{ image: "app", readinessProbe: probe, livenessProbe: probe }], {
      terminationGracePeriodSeconds: 30,
    });
    b.until(10.5);
    b.remove("p");
    b.until(30);
    expect(b.history("p", isReady)).toEqual([
      [0, false],
      [0, true],
      [15, false],
    ]);
    expect(b.events("p").filter((text) => text.startsWith("Killing"))).toEqual([
      "Killing: Stopping container main",
    ]);
  });

  test("may be hurried by a second deletion with less grace", () => {
    const b = bed({ images: { app: { stopTime: "never" } } });
    b.addAll();
    b.run("p", ["app"], { terminationGracePeriodSeconds: 60 });
    b.until(10);
    b.remove("p");
    b.until(20);
    b.remove("p", 15);
    b.until(100);
    expect(goneAt(b, "p")).toBe(35);
  });

  test("is gone at once when deleted by force", () => {
    const b = bed();
    b.addAll();
    b.run("p", ["app"]);
    b.until(10);
    b.remove("p", 0);
    b.until(11);
    expect(goneAt(b, "p")).toBe(10);
    expect(b.agents.kubelet("node-1")?.pods.size).toBe(0);
  });

  test.each([
    ["p", ["bad"], {}, ["ContainerStatusUnknown"]],
    ["init", ["app"], { initContainers: [{ name: "i", image: "bad" }] }, ["PodInitializing"]],
    ["half", ["app", "bad"], {}, ["Completed", "ContainerStatusUnknown"]],
  ] as const)("%s that never started fails before it goes", (name, images, more, reasons) => {
    const b = bed({ images: { bad: { pull: { fails: true } } } });
    b.addAll();
    b.run(name, images, { ...more, restartPolicy: "Never" });
    b.until(20);
    b.remove(name);
    b.until(60);
    expect(goneAt(b, name)).toBe(20);
    const told = b.history(name, ({ status }) => ({
      phase: status?.phase,
      reasons: status?.containerStatuses?.map(
        ({ state }) => state?.terminated?.reason ?? state?.waiting?.reason,
      ),
      ready: status?.conditions?.find(({ type }) => type === "Ready")?.reason,
    }));
    expect(told.at(-1)?.[1]).toEqual({ phase: "Failed", reasons, ready: "ContainersNotReady" });
  });

  test("that outlived its activeDeadlineSeconds failed with DeadlineExceeded", () => {
    const b = bed();
    b.addAll();
    b.run("p", ["app"], { activeDeadlineSeconds: 10, restartPolicy: "Never" });
    b.until(60);
    expect(b.pod("p")?.status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
  });
});
