import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** The repository lints itself: floors, bans with their replacement, sizes, dead files, exports without use. */

const root = fileURLToPath(new URL("..", import.meta.url));
const sourceFolders = ["sim", "cli", "tui", "server", "report"];

function filesUnder(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(join(root, folder));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(folder, name);
    return statSync(join(root, path)).isDirectory() ? filesUnder(path) : [path];
  });
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const isCode = (path: string): boolean => /\.tsx?$/.test(path);
const isGenerated = (path: string): boolean => path.includes(".gen.");
const sources = sourceFolders.flatMap(filesUnder).filter(isCode);
const everything = [
  ...sources,
  ...["test", "bench", "bin", "scenarios"].flatMap(filesUnder).filter(isCode),
  "index.ts",
];

/** Rooms of the house, lowest floor first; the longest matching path decides. Siblings do not import each other. */
const floors: readonly (readonly string[])[] = [
  ["sim/engine/"],
  ["sim/api/"],
  [
    "sim/scheduler/",
    "sim/controllers/",
    "sim/node/",
    "sim/network/",
    "sim/faults/",
    "sim/history/",
  ],
  ["sim/cluster"],
  ["sim/scenario/", "sim/experiment/", "sim/check/"],
  ["tui/", "server/", "report/"],
  ["index.ts"],
  ["cli/"],
];

function roomOf(path: string): { floor: number; room: string } | undefined {
  for (const [floor, rooms] of floors.entries()) {
    for (const room of rooms) if (path.startsWith(room)) return { floor, room };
  }
  return undefined;
}

function importsOf(path: string): { target: string; line: number }[] {
  const found: { target: string; line: number }[] = [];
  read(path)
    .split("\n")
    .forEach((text, at) => {
      const match = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/.exec(text);
      if (match?.[1] === undefined) return;
      found.push({ target: relative(root, join(root, dirname(path), match[1])), line: at + 1 });
    });
  return found;
}

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly allowed?: readonly string[];
}

/** Law 1 and 4: what simulation code must not touch, and what to use. */
const bansInSim: readonly Ban[] = [
  {
    pattern: /\basync\b|\bawait\b|\bPromise\b/,
    instead: "synchronous code; time passes through engine events",
  },
  { pattern: /\bset(Timeout|Interval|Immediate)\b/, instead: "engine.after" },
  { pattern: /\bconsole\./, instead: "the journal" },
  { pattern: /\bprocess\./, instead: "an argument" },
  {
    pattern: /\bnew Date\b|\bDate\.(now|parse|UTC)\b/,
    instead: "engine.now and sim/api/meta/time.ts",
  },
  { pattern: /\bperformance\./, instead: "nothing: sim code does not measure wall time" },
  { pattern: /\bMath\.random\b/, instead: "random.fork(name)" },
  {
    pattern: /\bMath\.(pow|exp|sin|cos|tan|log2|log10|log1p|expm1|cbrt|hypot)\b/,
    instead: "integers or a quantized table (law 4)",
  },
  {
    pattern: /\bMath\.log\b/,
    instead: "a quantized table (law 4)",
    allowed: ["sim/scheduler/plugins/log-table.ts"],
  },
  { pattern: /toLocale|localeCompare|\bIntl\./, instead: "code-unit comparison" },
  { pattern: /from "node:(?!crypto)/, instead: "arguments: sim/ reads nothing from outside" },
  {
    pattern: /from "node:crypto"/,
    instead: "sim/engine/digest.ts",
    allowed: ["sim/engine/digest.ts"],
  },
];

const bansEverywhere: readonly Ban[] = [
  { pattern: /@ts-ignore|@ts-expect-error/, instead: "a type that fits" },
  { pattern: /\b(TODO|FIXME|XXX)\b/, instead: "finishing it, or a line in docs/fidelity.md" },
];

const code = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, keepLines).replace(/(^|\s)\/\/.*$/gm, "$1");
const keepLines = (comment: string): string => comment.replace(/[^\n]/g, " ");
/** Text literals may say anything. */
const withoutLiterals = (text: string): string =>
  text.replace(/"(?:[^"\\\n]|\\.)*"/g, (literal) =>
    /^"(\.|node:)/.test(literal) ? literal : '""',
  );

function breaches(paths: readonly string[], bans: readonly Ban[], whole = false): string[] {
  return paths
    .filter((path) => !isGenerated(path))
    .flatMap((path) => {
      const lines = (whole ? read(path) : withoutLiterals(code(read(path)))).split("\n");
      return bans
        .filter(({ allowed }) => !(allowed?.includes(path) ?? false))
        .flatMap(({ pattern, instead }) =>
          lines.flatMap((line, at) =>
            pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()} — use ${instead}`] : [],
          ),
        );
    });
}

describe("the house", () => {
  test("imports go down only, and siblings on a floor do not import each other", () => {
    const wrong: string[] = [];
    for (const path of [...sources, "index.ts"]) {
      const from = roomOf(path);
      if (from === undefined) {
        wrong.push(`${path}: stands in no room`);
        continue;
      }
      for (const { target, line } of importsOf(path)) {
        const to = roomOf(target);
        if (to === undefined || to.room === from.room) continue;
        // The terminal and the HTTP server are opened by the commands, the experiment's pages by report.
        if (to.floor > from.floor)
          wrong.push(`${path}:${line}: imports ${target}, which is upstairs`);
        else if (to.floor === from.floor)
          wrong.push(`${path}:${line}: imports its sibling ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("files do not import each other in circles, not even their types", () => {
    const imports = new Map(
      [...sources, "index.ts"].map((path) => [path, importsOf(path).map(({ target }) => target)]),
    );
    const circles: string[] = [];
    const done = new Set<string>();
    const follow = (path: string, way: readonly string[]): void => {
      const begun = way.indexOf(path);
      if (begun >= 0) circles.push([...way.slice(begun), path].join(" → "));
      if (begun >= 0 || done.has(path)) return;
      for (const target of imports.get(path) ?? []) follow(target, [...way, path]);
      done.add(path);
    };
    for (const path of imports.keys()) follow(path, []);
    expect(circles).toEqual([]);
  });

  test("simulation code touches nothing outside", () => {
    expect(
      breaches(
        sources.filter((path) => path.startsWith("sim/")),
        bansInSim,
      ),
    ).toEqual([]);
  });

  test("the engine knows not one Kubernetes word", () => {
    const words =
      /\b(pod|kubelet|kubernetes|node(?!:)|deployment|replica|namespace|scheduler)s?\b/i;
    const found = sources
      .filter((path) => path.startsWith("sim/engine/"))
      .flatMap((path) =>
        code(read(path))
          .split("\n")
          .flatMap((line, at) =>
            words.test(line.replace("node:", "")) ? [`${path}:${at + 1}: ${line.trim()}`] : [],
          ),
      );
    expect(found).toEqual([]);
  });

  test("nothing is unfinished or silenced", () => {
    expect(breaches(sources, bansEverywhere, true)).toEqual([]);
  });

  test("no file is longer than 400 lines", () => {
    const long = everything
      .filter(
        (path) =>
          !isGenerated(path) && statSync(join(root, path), { throwIfNoEntry: false }) !== undefined,
      )
      .map((path) => ({ path, lines: read(path).split("\n").length - 1 }))
      .filter(({ lines }) => lines > 400)
      .map(({ path, lines }) => `${path}: ${lines} lines`);
    expect(long).toEqual([]);
  });

  test("no folder holds more than 40 source files of its own", () => {
    const counts = new Map<string, number>();
    for (const path of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    const crowded = [...counts].filter(([, count]) => count > 40);
    expect(crowded.map(([folder, count]) => `${folder}: ${count} files`)).toEqual([]);
  });

  test("every source file is imported by another, or opened by name", () => {
    const imported = new Set<string>();
    for (const path of everything.filter((each) =>
      statSync(join(root, each), { throwIfNoEntry: false }),
    )) {
      for (const { target } of importsOf(path)) imported.add(target);
    }
    const entries = new Set(["cli/main.ts", "index.ts"]);
    expect(sources.filter((path) => !imported.has(path) && !entries.has(path))).toEqual([]);
  });

  test("every export is used somewhere else", () => {
    const texts = new Map(
      everything
        .filter((path) => statSync(join(root, path), { throwIfNoEntry: false }))
        .map((path) => [path, read(path)]),
    );
    const words = new Map<string, Set<string>>();
    for (const [path, text] of texts) {
      for (const word of text.match(/[A-Za-z_$][\w$]*/g) ?? []) {
        const users = words.get(word);
        if (users === undefined) words.set(word, new Set([path]));
        else users.add(path);
      }
    }
    const unused: string[] = [];
    for (const path of sources.filter((each) => !isGenerated(each))) {
      // Types may be exported for the reader of a signature; functions, classes and constants are there to be called.
      for (const [, name = ""] of (texts.get(path) ?? "").matchAll(
        /^export (?:function|class|const) ([A-Za-z_$][\w$]*)/gm,
      )) {
        if ((words.get(name)?.size ?? 0) < 2) unused.push(`${path}: ${name}`);
      }
    }
    expect(unused).toEqual([]);
  });

  test("nothing committed names this machine or a package mirror", () => {
    const committed = [
      ...everything,
      "package.json",
      "package-lock.json",
      "README.md",
      ...filesUnder("docs"),
    ].filter(
      (path) =>
        statSync(join(root, path), { throwIfNoEntry: false }) && path !== "test/tidy.test.ts",
    );
    const bad = committed.filter((path) =>
      /"resolved": "http|\/work\/(main|shared)|\/root\//.test(read(path)),
    );
    expect(bad).toEqual([]);
  });
});
