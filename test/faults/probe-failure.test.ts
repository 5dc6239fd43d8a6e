import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import { web } from "./web.ts";

describe("probe-failure", () => {
  test("takes a pod out of service for its time", () => {
    const w = web();
    w.cluster.faults.begin({
      type: "probe-failure",
      target: { selector: "app in (web)" },
      for: 10 * SECOND,
    });
    w.until(35);
    expect(w.ready()).toBe(5);
    w.until(50);
    expect(w.ready()).toBe(6);
  });

  const probed = () => {
    const w = web(1);
    const fail = (parameters: object) =>
      w.cluster.faults.begin({
        type: "probe-failure",
        target: { selector: "app in (web)" },
        ...parameters,
      });
    return { ...w, fail };
  };

  test("ends when it is ended, and with the last of several", () => {
    const w = probed();
    const [first] = [w.fail({}), w.fail({ for: 30 * SECOND })];
    w.until(45);
    w.cluster.faults.end(first);
    expect(w.ready()).toBe(0);
    w.until(50);
    expect(w.ready()).toBe(0);
    w.until(65);
    expect(w.ready()).toBe(1);
    const third = w.fail({ for: 1000 * SECOND });
    w.until(105);
    expect(w.ready()).toBe(0);
    w.cluster.faults.end(third);
    w.until(120);
    expect(w.ready()).toBe(1);
  });

  test("goes on when a container starts again", () => {
    const w = probed();
    w.fail({});
    w.cluster.faults.begin({ type: "container-kill", target: { selector: { app: "web" } } });
    w.until(70);
    expect(w.pods()[0]?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
    expect(w.ready()).toBe(0);
    w.until(105);
    expect(w.ready()).toBe(1);
  });
});
