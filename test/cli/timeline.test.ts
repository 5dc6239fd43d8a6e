import { describe, expect, it } from "vitest";
import { styleFor } from "../../cli/print/style.ts";
import { Timeline } from "../../cli/print/timeline.ts";

const style = styleFor({ off: () => true } as never, { env: {}, outIsTerminal: false } as never);

/** The lines of so many pods that are bound at once, each to a node of its own. */
function bindings(count: number): readonly string[] {
  const lines: string[] = [];
  const timeline = new Timeline((line) => lines.push(line), style, 100);
  for (let at = 0; at < count; at++)
    timeline.take({
      kind: "change",
      seq: at,
      time: 0,
      cause: 0,
      actor: "scheduler",
      collection: "Pod",
      key: `default/web-${at}`,
      before: { metadata: {}, spec: {} },
      after: { metadata: {}, spec: { nodeName: `node-${at}` } },
    } as never);
  timeline.flush();
  return lines;
}

describe("the timeline", () => {
  it("tells a few bindings one by one", () => {
    expect(bindings(6)).toHaveLength(6);
    expect(bindings(6)[5]).toBe("  0:00.0 · pod/web-5 bound to node-5");
  });

  it("tells many bindings of one moment together", () => {
    expect(bindings(500)).toEqual([
      "  0:00.0 · pod/web-0, pod/web-1, pod/web-2 and 497 more bound to 500 nodes",
    ]);
  });
});
