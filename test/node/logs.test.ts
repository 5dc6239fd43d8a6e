import { expect, test } from "vitest";
import type { Pod } from "../../sim/api/types.gen.ts";
import { bed } from "./cluster.ts";

const plain = { previous: false, tailLines: undefined, sinceSeconds: undefined, timestamps: false };

function app() {
  const logs = [{ text: "up" }, { at: "10s", every: "10s", text: "alive" }];
  const b = bed({ images: { app: { logs, exits: { after: "25s", code: 1, times: 1 } } } });
  b.addAll();
  b.run("p", ["app"]);
  b.until(60);
  return b;
}

test.each([
  ["of the present run", {}, "up\nalive\nalive\nalive\n"],
  ["of the run before", { previous: true }, "up\nalive\nalive\n"],
  ["of the last lines", { tailLines: 1 }, "alive\n"],
  ["of the last seconds", { sinceSeconds: 20 }, "alive\nalive\n"],
  ["with its times", { tailLines: 1, timestamps: true }, "2026-01-01T00:00:55.000000Z alive\n"],
])("a container's declared log is read %s", (_title, more, text) => {
  const b = app();
  expect(b.agents.readLog(b.pod("p") as Pod, "main", { ...plain, ...more })).toBe(text);
});
