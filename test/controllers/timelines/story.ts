import { plainText } from "./compare.ts";
import type { Row } from "./recording.ts";

/** Events that every pod has: they tell a story's reader nothing. */
const USUAL = new Set(["Scheduled", "SuccessfulCreate"]);

/**
 * What a run tells in order: conditions as they turn, sizes of sets, pods that go, and events, each with its object.
 * Equal lines in a row are told once. It begins at a time, in seconds; what was before is known.
 */
export function storyOf(rows: readonly Row[], from: number): readonly string[] {
  const told: string[] = [];
  const last = new Map<string, string>();
  let now = 0;
  const tell = (subject: string, line: string) => {
    if (last.get(subject) === line) return;
    last.set(subject, line);
    if (now >= from) told.push(plainText(line));
  };
  for (const row of rows) {
    now = row.t;
    const about = `${row.kind}/${row.name}`;
    if (row.kind === "Event") {
      if (row.type === "DELETED" || USUAL.has(row.k.reason)) continue;
      tell(`event ${row.k.obj} ${row.k.message}`, `${row.k.obj} ${row.k.reason}: ${row.k.message}`);
      continue;
    }
    if (row.kind === "Node") continue;
    if (row.type === "DELETED") {
      if (row.kind !== "Pod") tell(about, `${about} gone`);
      continue;
    }
    if (row.kind === "ReplicaSet" || row.kind === "StatefulSet")
      tell(`${about} size`, `${about} wants ${row.k.spec.replicas}`);
    if (row.k.deleting !== undefined) tell(`${about} end`, `${about} is deleted`);
    for (const condition of row.k.status?.conditions ?? []) {
      const { type, status, reason } = condition;
      if (row.kind === "Pod" && (type !== "DisruptionTarget" || status !== "True")) continue;
      tell(`${about} ${type}`, `${about} ${type}=${status} ${reason}`);
    }
  }
  return told;
}
