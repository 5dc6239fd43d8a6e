import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { neighbours } from "./neighbours.ts";
import { readScenarios } from "./recording.ts";
import { play } from "./replay.ts";
import { scenarioOf } from "./scripts.ts";

const API = resolve("..", "shared", "golden", "api");
const FILE = resolve(API, "messages.json.gz");

/** What no script of ours comes to, and why. */
const OTHERWISE: readonly RegExp[] = [
  // Of pods that went while their metrics were fetched (table test of the autoscaler's calculator).
  /no metrics returned matched known pods/,
  // Counts nodes of scenarios that are not here; `bystanders.ts` reads such texts.
  /untolerated taint\(s\), |, N node\(s\) had untolerated taint/,
  // Names that only the recording has.
  /namespace: t-ns-delete for|Created pod: |Deleted pod: |Scaled up replica set |Successfully assigned|(Registered|Removing) Node/,
  // The stand-in's own.
  /^Pod Ready False ContainersNotReady $/,
];

/** A message with placeholders for names and numbers as what fits it. */
function pattern(template: string): RegExp {
  const text = template
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/<name>|<uid>|ns\/pod/g, "\\S+")
    .replace(/…/g, ".*")
    .replace(/(?<![A-Za-z])N(?![A-Za-z])/g, "[\\d.a-z]+");
  return new RegExp(`^${text}$`, "s");
}

describe.runIf(existsSync(FILE))("what the real controllers said", () => {
  const said = new Map<string, Set<string>>();
  const hear = (key: string, message = "") => {
    const heard = said.get(key) ?? new Set();
    said.set(key, heard.add(message));
  };

  it("is said here, too: every condition and event of messages.json.gz", () => {
    const scenarios = [
      ...readScenarios(resolve(API, "timelines.jsonl.gz")),
      ...Object.values(neighbours).map(scenarioOf),
    ];
    for (const { kind, k } of scenarios.flatMap((scenario) => play(scenario).rows)) {
      if (kind === "Event")
        hear(`${k.component} ${k.etype} ${k.reason} ${k.obj.split("/")[0]}`, k.message);
      for (const { type, status, reason, message } of k.status?.conditions ?? [])
        hear(`${kind} ${type} ${status} ${reason ?? ""}`, message);
      for (const [type, status, reason, message] of k.conditions ?? [])
        hear(`${kind} ${type} ${status} ${reason ?? ""}`, message);
    }
    const { conditions, events } = JSON.parse(gunzipSync(readFileSync(FILE)).toString("utf8"));
    const missing = [...conditions, ...events]
      .map((entry: readonly string[]) => [entry.slice(0, 4).join(" "), entry[4] ?? ""] as const)
      .filter(([key, text]) => {
        if (OTHERWISE.some((why) => why.test(`${key} ${text}`))) return false;
        const fits = pattern(text);
        return ![...(said.get(key) ?? [])].some((message) => fits.test(message));
      });
    expect(missing).toEqual([]);
  });
});
