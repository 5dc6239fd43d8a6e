import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../server/main.ts";
import { createCluster } from "../../sim/cluster.ts";
import { judgeDefaults } from "../rest/judge-defaults.ts";
import { judgeErrors } from "../rest/judge-errors.ts";
import { httpBackend } from "./http-backend.ts";

describe("the recorded answers over HTTP", () => {
  let server: RunningServer;

  beforeAll(async () => {
    const cluster = createCluster({ seed: "http", detail: "digest", nodes: [{ count: 3 }] });
    server = await serve({ cluster, pace: "settle" });
  });
  afterAll(() => server.close());

  it("refuses every recorded bad request in the recorded words", async () => {
    const verdict = await judgeErrors("test/golden/api/errors.jsonl.gz", httpBackend(server.url));
    console.log(`errors over HTTP: ${verdict.right} of ${verdict.rows} rows exact`);
    expect(verdict.differences).toEqual([]);
  }, 60_000);

  it("completes every recorded object as recorded", async () => {
    const verdict = await judgeDefaults(
      "test/golden/api/defaults.jsonl.gz",
      httpBackend(server.url),
    );
    console.log(`defaults over HTTP: ${verdict.right} of ${verdict.rows} rows exact`);
    expect(verdict.differences).toEqual([]);
  }, 60_000);
});
