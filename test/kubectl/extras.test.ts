import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../server/main.ts";
import { createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { minorOf } from "./client-versions.ts";
import { extras } from "./extras.ts";
import { comparableText } from "./normalize.ts";
import { kubectl, kubectlVersion } from "./replay.ts";

const version = kubectlVersion();

/** Where the answers to this client are kept: one file for those of today, one for Debian's. */
function goldenFile(): string | undefined {
  const minor = minorOf(version ?? "");
  if (minor >= 30) return "test/golden/kubectl/extras.json";
  return minor === 20 ? "test/golden/kubectl/extras-1.20.json" : undefined;
}
const GOLDEN = goldenFile();

/** What a command answered, as the golden file keeps it. */
interface Answer {
  readonly cmd: string;
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("kubectl beyond the recorded session", () => {
  if (GOLDEN === undefined) {
    it("is not tried because there are no answers for the kubectl on the path, or there is none", () => {
      console.log(`kubectl ${version ?? "is not on the path"}: nothing tried beyond the session`);
      expect(GOLDEN).toBeUndefined();
    });
    return;
  }
  let server: RunningServer;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ksim-extras-"));
    const cluster = createCluster({
      seed: "extras",
      detail: "digest",
      nodes: [{ count: 2 }],
      images: {
        "app:1": {
          logs: [{ at: 0, text: "serving", every: undefined }],
          cpu: [{ from: 0, value: 50, slope: 0 }],
          memory: [{ from: 0, value: 64 * 1024 * 1024, slope: 0 }],
        },
      },
    });
    cluster.runUntil(60 * SECOND);
    server = await serve({ cluster, pace: "4x", kubeconfig: join(folder, "kubeconfig") });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("answers as it did when its answers were looked at", async () => {
    const answers: Answer[] = [];
    for (const { cmd, stdin, settle = 1, edit } of extras) {
      const full = `kubectl ${cmd}`;
      const editor = edit === undefined ? undefined : `sed -i '${edit}'`;
      const outcome = await kubectl(cmd.split(" "), server.kubeconfig, stdin, editor);
      const clean = (text: string): string =>
        comparableText(text, full)
          .replace(/ksim\.system:\S+/, "<token>")
          .replaceAll(folder, "<folder>")
          .split("\n")
          .filter((line) => !/deprecat|--profile/i.test(line))
          .join("\n");
      answers.push({
        cmd,
        rc: outcome.rc,
        stdout: clean(outcome.stdout),
        stderr: clean(outcome.stderr),
      });
      server.session.driver.advance(settle * SECOND);
    }
    if (process.env["UPDATE_GOLDEN"] !== undefined || !existsSync(GOLDEN))
      writeFileSync(GOLDEN, `${JSON.stringify(answers, undefined, 1)}\n`);
    expect(answers).toEqual(JSON.parse(readFileSync(GOLDEN, "utf8")));
  }, 240_000);

  it("follows pods with get -w", async () => {
    const watching = kubectl(
      ["get", "pods", "-l", "run=seen", "-w", "--request-timeout=4s", "--no-headers"],
      server.kubeconfig,
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await kubectl(["run", "seen", "--image=app:1"], server.kubeconfig);
    const { stdout } = await watching;
    const states = stdout.split("\n").map((line) => line.split(/\s+/)[2]);
    expect(states).toContain("Pending");
    expect(states).toContain("Running");
  }, 30_000);
});
