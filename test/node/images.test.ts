import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import { bed } from "./cluster.ts";

const waiting = (b: ReturnType<typeof bed>, name: string) =>
  b.history(name, (pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason);

describe("an image", () => {
  test("that cannot be pulled is tried again after 10, 20, 40 … 300 s", () => {
    const b = bed({ images: { bad: { pull: { fails: true } } } });
    b.addAll();
    b.run("p", ["bad"]);
    b.until(1000);
    const tries = b.engine.journal.entries
      .filter(
        (entry) =>
          entry.kind === "record" && (entry.record as { reason: string }).reason === "Pulling",
      )
      .map((entry) => entry.time / SECOND);
    expect(tries).toEqual([0, 10, 30, 70, 150, 310, 610, 910]);
    expect(waiting(b, "p").slice(1, 5)).toEqual([
      [0, "ErrImagePull"],
      [3, "ImagePullBackOff"],
      [10, "ErrImagePull"],
      [13, "ImagePullBackOff"],
    ]);
    expect(b.pod("p")?.status?.phase).toBe("Pending");
    expect(b.events("p")).toContain('BackOff: Back-off pulling image "bad"');
    expect(b.events("p")).toContain("Failed: Error: ImagePullBackOff");
  });

  test("that can be pulled again starts its container", () => {
    const b = bed();
    b.addAll();
    b.agents.breakPulls("web");
    b.run("p", ["web:1"]);
    b.until(15);
    b.agents.mendPulls("web");
    b.until(31);
    expect(b.pod("p")?.status?.phase).toBe("Running");
  });

  test("whose pull broke off is not there: it is pulled from its beginning", () => {
    const b = bed({ timing: { imagePull: 10 * SECOND } });
    b.addAll();
    b.run("p", ["web:1"]);
    b.until(5);
    b.agents.breakPulls("web");
    b.until(15);
    b.agents.mendPulls("web");
    b.until(60);
    // Tried again 10 s after the failure.
    expect(b.history("p", (pod) => pod.status?.phase).at(-1)).toEqual([30, "Running"]);
    b.run("q", ["other:1"]);
    b.until(65);
    b.agents.crash("node-1");
    b.until(80);
    b.agents.recover("node-1");
    b.until(120);
    expect(b.history("q", (pod) => pod.status?.phase).at(-1)).toEqual([90, "Running"]);
  });

  test("is pulled once for all pods of a node, one image after the other", () => {
    const b = bed({ timing: { imagePull: 4 * SECOND } });
    b.addAll();
    for (const [name, image] of [
      ["a", "one:1"],
      ["b", "two:1"],
      ["c", "one:1"],
    ] as const)
      b.run(name, [image]);
    b.until(20);
    const running = ["a", "b", "c"].map(
      (name) => b.history(name, (pod) => pod.status?.phase).at(-1)?.[0],
    );
    expect(running).toEqual([4, 8, 4]);
    b.run("d", ["two:1"]);
    b.until(21);
    expect(b.pod("d")?.status?.phase).toBe("Running");
    expect(b.events("d")[0]).toBe(
      'Pulled: Container image "two:1" already present on machine and can be accessed by the pod',
    );
  });

  test("is pulled beside others when the node pulls in parallel", () => {
    const b = bed({ timing: { imagePull: 4 * SECOND, serialPulls: false } });
    b.addAll();
    b.run("a", ["one:1"]);
    b.run("b", ["two:1"]);
    b.until(20);
    expect(b.history("b", (pod) => pod.status?.phase).at(-1)).toEqual([4, "Running"]);
  });

  test("that may never be pulled must be there", () => {
    const b = bed({ nodes: [{ name: "node-1", images: ["there:1"] }] });
    b.addAll();
    b.run("p", [{ image: "there:1", imagePullPolicy: "Never" }]);
    b.run("q", [{ image: "gone:1", imagePullPolicy: "Never" }]);
    b.until(10);
    expect(b.pod("p")?.status?.phase).toBe("Running");
    expect(b.pod("q")?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(
      "ErrImageNeverPull",
    );
  });
});
