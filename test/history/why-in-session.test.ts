import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MINUTE } from "../../sim/engine/time.ts";
import { History } from "../../sim/history/history.ts";
import { ReplaySession } from "../../sim/history/session.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";
import { root } from "../cli/run-cli.ts";

const folder = join(root, "scenarios");
const scenario = parseScenario("tour.yaml", readFileSync(join(folder, "tour.yaml"), "utf8"), {
  read: (name) => readFileSync(join(folder, name), "utf8"),
  invariants: ["no-overcommit"],
});
const run = new ScenarioRun(scenario, { detail: "full" });
run.finish();
const session = new ReplaySession(new History(run.cluster.engine.journal.entries, run.end), "tour");
session.send({ type: "seek", time: 8 * MINUTE });

describe("why, asked in a replay", () => {
  const { pods, nodes, lines } = session.frame();

  test.each(pods.map(({ key }) => key))("pod %s leads back to a step or a fault", (key) => {
    const links = session.why({ kind: "Pod", key });
    expect(links.at(-1)?.entry.kind).toMatch(/^(step|fault)$/);
    // No link stands twice.
    expect(new Set(links.map(({ seq }) => seq)).size).toBe(links.length);
  });

  test("the lost node leads back to its crash", () => {
    expect(nodes.map(({ name }) => name)).toContain("node-2");
    const texts = session.why({ kind: "Node", key: "node-2" }).map(({ text }) => text);
    expect(texts.join("\n")).toContain("node-crash");
  });

  test("every line of the event list has an answer", () => {
    for (const { seq, text } of lines)
      expect(session.why({ kind: "entry", seq })[0]?.text).toBe(text);
  });
});
