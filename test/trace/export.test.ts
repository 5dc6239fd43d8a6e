import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ksim } from "../cli/run-cli.ts";

const write = (format: string, ...more: string[]) =>
  ksim(["export", "node-failure", `--${format}`, ...more]);

describe("ksim export", () => {
  test("--html is a page with the story and the plots", async () => {
    const { code, out } = await write("html");
    expect(code).toBe(0);
    expect(out).toMatch(
      /^<!doctype html>[\s\S]*Verdicts[\s\S]*What happened[\s\S]*<svg[\s\S]*<\/html>\n$/,
    );
  });

  test("--svg is a picture", async () => {
    expect((await write("svg")).out).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<\/svg>\n$/,
    );
  });

  test("--cast is an asciicast whose times go up, the same every time", async () => {
    const { out } = await write("cast");
    const [head, ...frames] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(head).toMatchObject({ version: 2, width: 120, height: 34 });
    const times = frames.map((frame) => (frame as [number, string, string])[0]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(frames.length).toBeGreaterThan(20);
    expect((await write("cast")).out).toBe(out);
  });

  test("--perfetto is a trace with a process a node", async () => {
    const { traceEvents } = JSON.parse((await write("perfetto")).out) as {
      traceEvents: {
        ph: string;
        name: string;
        ts?: number;
        dur?: number;
        args?: { name?: string };
      }[];
    };
    const processes = traceEvents
      .filter(({ name }) => name === "process_name")
      .map(({ args }) => args?.name);
    expect(processes).toEqual(
      expect.arrayContaining(["node-1", "node-2", "control plane", "scenario"]),
    );
    expect(
      traceEvents
        .filter(({ ph }) => ph === "X")
        .every(({ ts = -1, dur = -1 }) => ts >= 0 && dur >= 0),
    ).toBe(true);
    expect(traceEvents.some(({ name }) => name.startsWith("node-crash"))).toBe(true);
  });

  test("--openmetrics ends as the format wants it, and time never goes back", async () => {
    const { out } = await write("openmetrics");
    expect(out).toMatch(/# EOF\n$/);
    const last = new Map<string, number>();
    for (const line of out.split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const match = /^([a-z_]+(?:\{[^}]*\})?) (\S+) (\S+)$/.exec(line);
      expect(match, line).not.toBeNull();
      const [, series = "", , time = "0"] = match ?? [];
      expect(Number(time), line).toBeGreaterThanOrEqual(last.get(series) ?? 0);
      last.set(series, Number(time));
    }
  });

  test("--csv has a line a pod", async () => {
    const lines = (await write("csv")).out.trim().split("\n");
    expect(lines[0]).toBe("pod,node,created,bound,ready,ended,phase,restarts");
    expect(lines).toHaveLength(5);
  });

  test("--out writes a file and prints nothing", async () => {
    const out = join(mkdtempSync(join(tmpdir(), "ksim-export-")), "run.csv");
    const answer = await write("csv", "--out", out);
    expect([answer.code, answer.out]).toEqual([0, ""]);
    expect(readFileSync(out, "utf8")).toMatch(/^pod,node/);
  });

  test("wants exactly one format", async () => {
    expect((await ksim(["export", "tour"])).code).toBe(2);
    expect((await write("csv", "--svg")).err).toContain("expected one of --html");
  });
});

describe("ksim import", () => {
  test("reads a packed trace from standard input", async () => {
    const { code, out } = await ksim(["import", "csv", "-", "-q"], {
      stdin: gzipSync("at,name,cpu\n0s,web,1\n"),
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^\{"apiVersion":"ksim.dev\/v1","kind":"Workload"/);
  });

  test("refuses an unknown format with a suggestion, and a missing file with its name", async () => {
    const near = await ksim(["import", "openbb", "x.csv"]);
    expect([near.code, near.err]).toEqual([2, expect.stringContaining("Did you mean openb?")]);
    const gone = await ksim(["import", "csv", "none.csv"]);
    expect([gone.code, gone.err]).toEqual([3, expect.stringContaining("none.csv:1:1")]);
    expect((await ksim(["import", "csv"])).code).toBe(2);
  });
});
