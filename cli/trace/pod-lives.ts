import type { Pod } from "../../sim/api/types.gen.ts";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import { type Micros, SECOND } from "../../sim/engine/time.ts";
import { clockText } from "../../sim/history/clock-text.ts";

/** The life of a pod: the instants that matter, where they happened. */
export interface PodLife {
  readonly key: string;
  readonly uid: string;
  node: string;
  readonly created: Micros;
  bound: Micros | undefined;
  ready: Micros | undefined;
  ended: Micros | undefined;
  phase: string;
  restarts: number;
}

/** The lives of all pods of a run, in the order of their creation. */
export function podLives(entries: readonly JournalEntry[]): readonly PodLife[] {
  const lives = new Map<string, PodLife>();
  for (const entry of entries) {
    if (entry.kind !== "change" || entry.collection !== "Pod") continue;
    const pod = (entry.after ?? entry.before) as Pod;
    const { uid } = pod.metadata;
    const life = lives.get(uid) ?? {
      key: entry.key,
      uid,
      node: "",
      created: entry.time,
      bound: undefined,
      ready: undefined,
      ended: undefined,
      phase: "Pending",
      restarts: 0,
    };
    lives.set(uid, life);
    if (entry.after === undefined) life.ended ??= entry.time;
    else follow(life, pod, entry.time);
  }
  return [...lives.values()];
}

function follow(life: PodLife, { spec, status }: Pod, now: Micros): void {
  if (life.node === "" && (spec?.nodeName ?? "") !== "") {
    life.node = spec?.nodeName ?? "";
    life.bound = now;
  }
  if (
    status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ===
    true
  )
    life.ready ??= now;
  life.phase = status?.phase ?? "Pending";
  if (life.phase === "Succeeded" || life.phase === "Failed") life.ended ??= now;
  life.restarts = (status?.containerStatuses ?? []).reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  );
}

function seconds(time: Micros | undefined): string {
  return time === undefined ? "" : String(time / SECOND);
}

/** A line a pod; times in seconds. */
export function csvOf(lives: readonly PodLife[]): string {
  const lines = lives.map(({ key, node, created, bound, ready, ended, phase, restarts }) =>
    [
      key,
      node,
      seconds(created),
      seconds(bound),
      seconds(ready),
      seconds(ended),
      phase,
      restarts,
    ].join(","),
  );
  return `${["pod,node,created,bound,ready,ended,phase,restarts", ...lines].join("\n")}\n`;
}

const WIDTH = 960;
const LEFT = 260;
const LINE = 18;

/** A bar a pod: grey while it waits, light while it starts, dark while it serves. */
export function svgOf(lives: readonly PodLife[], end: Micros): string {
  const x = (time: Micros): number => LEFT + ((WIDTH - LEFT - 10) * time) / Math.max(end, 1);
  const bars = lives.map((life, at) => {
    const y = at * LINE + 24;
    const last = life.ended ?? end;
    const part = (from: Micros | undefined, to: Micros, fill: string): string =>
      from === undefined || to <= from
        ? ""
        : `<rect x="${x(from).toFixed(1)}" y="${y}" width="${(x(to) - x(from)).toFixed(1)}" height="${LINE - 5}" fill="${fill}"/>`;
    const label = `<text x="0" y="${y + 11}">${escaped(life.key)} ${escaped(life.node)}</text>`;
    return `${label}${part(life.created, life.bound ?? last, "#bbb")}${part(life.bound, life.ready ?? last, "#9ec5e8")}${part(life.ready, last, "#3572b0")}`;
  });
  const height = lives.length * LINE + 50;
  const axis = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(end * share).toFixed(1)}" y="14" text-anchor="${share === 1 ? "end" : "start"}">${clockText(end * share)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui,sans-serif" font-size="11">${axis.join("")}${bars.join("")}</svg>\n`;
}

/** The same on a page that needs nothing but itself. */
export function htmlOf(title: string, lives: readonly PodLife[], end: Micros): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}</style></head>
<body><h1>${escaped(title)}</h1><p>A bar is a pod: grey while it waits for a node, light while it starts, dark from its being Ready.</p>
${svgOf(lives, end)}</body></html>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
