import { type SpawnOptionsWithoutStdio, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "../../server/main.ts";
import { createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { readRows } from "../rest/judge-errors.ts";
import { isVersionOnly, minorOf } from "./client-versions.ts";
import { comparableText, type Outcome, type SessionRow } from "./normalize.ts";

/** How the replay of a session went. */
export interface SessionVerdict {
  readonly commands: number;
  readonly right: number;
  /** Commands that differ only because the session was recorded with kubectl 1.33. */
  readonly tolerated: number;
  readonly differences: readonly { readonly cmd: string; readonly text: string }[];
}

/** Whether a kubectl is on the path, and which. */
export function kubectlVersion(): string | undefined {
  const found = spawnSync("kubectl", ["version", "--client", "-o", "json"], { encoding: "utf8" });
  if (found.error !== undefined || found.status !== 0) return undefined;
  return (JSON.parse(found.stdout) as { clientVersion: { gitVersion: string } }).clientVersion
    .gitVersion;
}

/** Runs kubectl; `editor` is what `kubectl edit` starts. */
export function kubectl(
  words: readonly string[],
  kubeconfig: string,
  stdin = "",
  editor = "",
): Promise<Outcome> {
  const home = join(kubeconfig, "..");
  const options: SpawnOptionsWithoutStdio = {
    env: {
      PATH: process.env["PATH"],
      KUBECONFIG: kubeconfig,
      HOME: home,
      TZ: "UTC",
      LC_ALL: "C",
      EDITOR: editor,
    },
  };
  return new Promise((resolve, reject) => {
    const child = spawn("kubectl", [...words], options);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ rc: code ?? -1, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
  });
}

/** The three nodes that the session was recorded on. */
export const sessionNodes = ["a", "b", "c"].map((zone, index) => ({
  name: `node-${index}`,
  capacity: { cpu: "8", memory: "16Gi", pods: "110" },
  zones: [`zone-${zone}`],
  labels: { "node.kubernetes.io/instance-type": "fake.large" },
}));

/** Commands that wait for the cluster: time is hurried on for them. Others take as long as they take, as when they were recorded. */
const WAITS = /^kubectl (rollout status|wait|drain|delete|events|get .*--watch)/;
const HURRY_MS = 100;

/** Replays a recorded session with the kubectl on the path; the clock is brought to each command's instant first. */
export async function replaySession(file: string): Promise<SessionVerdict> {
  const cluster = createCluster({
    seed: "session",
    detail: "digest",
    nodeAgent: "stand-in",
    nodes: sessionNodes,
  });
  cluster.runUntil(67 * SECOND);
  const folder = mkdtempSync(join(tmpdir(), "ksim-session-"));
  const server = await serve({
    cluster,
    pace: "1x",
    kubeconfig: join(folder, "kubeconfig"),
    // The recorded control plane enforced no roles: its health checks do not know rbac/bootstrap-roles.
    rest: { authorization: "AlwaysAllow" },
  });
  const start = cluster.now;
  const differences: { cmd: string; text: string }[] = [];
  const rows = readRows<SessionRow>(file);
  const minor = minorOf(kubectlVersion() ?? "");
  let [shift, right, tolerated] = [0, 0, 0];
  try {
    for (const row of rows) {
      const due = start + row.at * SECOND + shift;
      if (cluster.now < due) server.session.driver.advance(due - cluster.now);
      else shift += cluster.now - due;
      const words = row.cmd.split(" ").slice(1);
      const hurry = (): void => server.session.driver.advance(0.3 * SECOND);
      const timer = WAITS.test(row.cmd) ? setInterval(hurry, HURRY_MS) : undefined;
      const outcome = await kubectl(words, server.kubeconfig, row.stdin);
      clearInterval(timer);
      const text = difference(row, outcome);
      if (text === undefined) right++;
      else if (isVersionOnly(row.cmd, text, minor)) tolerated++;
      else differences.push({ cmd: row.cmd, text });
      server.session.driver.advance(row.settle * SECOND);
    }
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { commands: rows.length, right, tolerated, differences };
}

function difference(row: SessionRow, outcome: Outcome): string | undefined {
  const { cmd } = row;
  const parts: string[] = [];
  if (row.rc !== outcome.rc) parts.push(`exit code ${outcome.rc} instead of ${row.rc}`);
  for (const stream of ["stdout", "stderr"] as const) {
    const wanted = comparableText(withContext(row[stream] ?? ""), cmd);
    const got = comparableText(withContext(outcome[stream]), cmd);
    if (wanted !== got) parts.push(`${stream}:\n${lineDiff(wanted, got)}`);
  }
  return parts.length === 0 ? undefined : parts.join("\n");
}

/** The recording's context was called otherwise. */
function withContext(text: string): string {
  return text.replace(/Context "[^"]+"/, 'Context "ksim"');
}

function lineDiff(wanted: string, got: string): string {
  const [a, b] = [wanted.split("\n"), got.split("\n")];
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `  - ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `  + ${line}`),
    ...(a.length === b.length ? [] : [`  (${a.length} lines, got ${b.length})`]),
  ].join("\n");
}

/** For `npm run golden -- kubectl FILE`: prints the counts and differences; true when there are none. */
export async function judge(file: string): Promise<boolean> {
  const version = kubectlVersion();
  if (version === undefined) {
    console.log("kubectl: not on the path, nothing replayed");
    return true;
  }
  const { commands, right, tolerated, differences } = await replaySession(file);
  for (const { cmd, text } of differences) console.log(`$ ${cmd}\n${text}`);
  const others = `${tolerated} differ by the version of kubectl alone`;
  console.log(`kubectl ${version}: ${right}/${commands} commands, ${others}`);
  return differences.length === 0;
}
