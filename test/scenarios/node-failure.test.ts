import { expect, it } from "vitest";
import type { EndpointSlice, Node, Pod } from "../../sim/api/types.gen.ts";
import type { ChangeEntry } from "../../sim/engine/journal.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { History } from "../../sim/history/history.ts";
import { why } from "../../sim/history/why.ts";
import { load, start } from "./run-scenario.ts";

const scenario = load("node-failure");
const run = start(scenario, { detail: "full" });
run.finish();
const { entries } = run.cluster.engine.journal;
const changes = entries.filter((entry): entry is ChangeEntry => entry.kind === "change");
const crash = entries.find((entry) => entry.kind === "fault" && entry.phase === "begin");
const t0 = crash?.time ?? 0;

function secondsAfter(found: ChangeEntry | undefined): number {
  return ((found?.time ?? Number.NaN) - t0) / SECOND;
}

const unknown = changes.find(
  ({ collection, key, after }) =>
    collection === "Node" &&
    key === "node-1" &&
    (after as Node).status?.conditions?.some(
      ({ type, status }) => type === "Ready" && status === "Unknown",
    ) === true,
);

it("makes Ready Unknown 40 to 55 seconds after the crash", () => {
  expect(secondsAfter(unknown)).toBeGreaterThanOrEqual(40);
  expect(secondsAfter(unknown)).toBeLessThanOrEqual(55);
});

it("takes the endpoint away then", () => {
  const gone = changes.find(
    ({ collection, time, after }) =>
      collection === "EndpointSlice" &&
      time > t0 &&
      (after as EndpointSlice).endpoints?.some(({ conditions }) => conditions?.ready === false) ===
        true,
  );
  expect(secondsAfter(gone) - secondsAfter(unknown)).toBeLessThan(1);
});

it("taints the node NoExecute, and asks its pod to go 300 seconds later", () => {
  const tainted = changes.find(
    ({ collection, key, after }) =>
      collection === "Node" &&
      key === "node-1" &&
      (after as Node).spec?.taints?.some(({ effect }) => effect === "NoExecute") === true,
  );
  const deleted = changes.find(
    ({ collection, time, after }) =>
      collection === "Pod" &&
      time > t0 &&
      (after as Pod | undefined)?.metadata.deletionTimestamp !== undefined,
  );
  expect(secondsAfter(tainted)).toBeLessThanOrEqual(66);
  expect(secondsAfter(deleted) - secondsAfter(tainted)).toBeCloseTo(300, 0);
  expect(secondsAfter(deleted)).toBeGreaterThanOrEqual(340);
  expect(secondsAfter(deleted)).toBeLessThanOrEqual(366);
});

it("lets the Deployment replace the pod, and why leads back to the fault and its step", () => {
  const replacement = changes.find(
    ({ collection, time, before }) => collection === "Pod" && time > t0 && before === undefined,
  );
  const links = why(new History(entries, run.end), { kind: "Pod", key: replacement?.key ?? "" });
  const kinds = links.map(({ entry }) => entry.kind);
  expect(kinds[0]).toBe("change");
  expect(kinds).toContain("fault");
  expect(kinds.at(-1)).toBe("step");
  expect(links.some(({ text }) => text.includes("node-1"))).toBe(true);
});
