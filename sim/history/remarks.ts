import type { Deployment, Job, Node, StatefulSet } from "../api/types.gen.ts";
import type { ChangeEntry, JournalEntry } from "../engine/journal.ts";
import { podRemarks } from "./pod-remarks.ts";
import type { Remark, Tone } from "./remark.ts";

/** What an entry of the journal is worth telling, in words. */
export function remarksOf(entry: JournalEntry): readonly Remark[] {
  switch (entry.kind) {
    case "change":
      return changeRemarks(entry);
    case "fault": {
      const { type, target } = entry.fault;
      const subject = target === undefined ? type : `${type} ${target}`;
      return [remark(entry, "fault", subject, entry.phase === "begin" ? "begins" : "is over")];
    }
    case "expectation":
      return [
        remark(
          entry,
          entry.passed ? "good" : "bad",
          entry.name,
          `${entry.passed ? "passed" : "FAILED"}: ${entry.message}`,
        ),
      ];
    default:
      return [];
  }
}

function remark(entry: JournalEntry, tone: Tone, subject: string, text: string): Remark {
  return { time: entry.time, seq: entry.seq, tone, subject, text };
}

function changeRemarks(entry: ChangeEntry<unknown>): readonly Remark[] {
  switch (entry.collection) {
    case "Pod":
      return podRemarks(entry);
    case "Node":
      return nodeRemarks(entry);
    case "Deployment":
      return deploymentRemarks(entry);
    case "StatefulSet":
      return statefulSetRemarks(entry);
    case "Job":
      return jobRemarks(entry);
    default:
      return [];
  }
}

function nodeRemarks(entry: ChangeEntry<unknown>): readonly Remark[] {
  const before = entry.before as Node | undefined;
  const after = entry.after as Node | undefined;
  const subject = `node/${entry.key}`;
  if (after === undefined) return [remark(entry, "bad", subject, "is removed")];
  if (before === undefined)
    return entry.time === 0 ? [] : [remark(entry, "good", subject, "joined")];
  const remarks: Remark[] = [];
  const ready = (node: Node): string | undefined =>
    node.status?.conditions?.find(({ type }) => type === "Ready")?.status;
  if (ready(after) !== ready(before) && ready(before) !== undefined)
    remarks.push(
      remark(
        entry,
        ready(after) === "True" ? "good" : "bad",
        subject,
        `Ready is ${ready(after) ?? "missing"}`,
      ),
    );
  const cordoned = after.spec?.unschedulable === true;
  if (cordoned !== (before.spec?.unschedulable === true))
    remarks.push(remark(entry, "neutral", subject, cordoned ? "is cordoned" : "takes pods again"));
  const taints = (node: Node): string[] =>
    (node.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
  const added = taints(after).filter((taint) => !taints(before).includes(taint));
  const removed = taints(before).filter((taint) => !taints(after).includes(taint));
  if (added.length > 0)
    remarks.push(remark(entry, "neutral", subject, `is tainted ${added.join(", ")}`));
  if (removed.length > 0)
    remarks.push(remark(entry, "neutral", subject, `lost the taint ${removed.join(", ")}`));
  return remarks;
}

/** Whether all replicas of a Deployment are of the newest revision and available. */
function isRolledOut({ spec, status, metadata }: Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted
  );
}

function deploymentRemarks(entry: ChangeEntry<unknown>): readonly Remark[] {
  const before = entry.before as Deployment | undefined;
  const after = entry.after as Deployment | undefined;
  const subject = `deployment/${entry.key.slice(entry.key.indexOf("/") + 1)}`;
  if (after === undefined) return [remark(entry, "neutral", subject, "is gone")];
  if (before === undefined) return [];
  const scaled = scaledRemarks(entry, subject, before.spec?.replicas, after.spec?.replicas);
  if (scaled.length > 0) return scaled;
  if (isRolledOut(after) && !isRolledOut(before))
    return [remark(entry, "good", subject, allReplicas(after.spec?.replicas ?? 1, "available"))];
  const stuck = (deployment: Deployment): boolean =>
    deployment.status?.conditions?.some(({ reason }) => reason === "ProgressDeadlineExceeded") ===
    true;
  return stuck(after) && !stuck(before)
    ? [remark(entry, "bad", subject, "made no progress in time (ProgressDeadlineExceeded)")]
    : [];
}

/** `all 3 replicas available` */
function allReplicas(count: number, what: string): string {
  if (count === 0) return "no replicas are left";
  return count === 1 ? `its one replica is ${what}` : `all ${count} replicas ${what}`;
}

/** Somebody else than the scenario asks for another number of replicas: an autoscaler. */
function scaledRemarks(
  entry: ChangeEntry<unknown>,
  subject: string,
  before: number | undefined,
  after: number | undefined,
): readonly Remark[] {
  if (before === after || before === undefined || after === undefined) return [];
  if (entry.actor === "scenario" || entry.actor === "api") return [];
  return [remark(entry, "neutral", subject, `scaled from ${before} to ${after} by ${entry.actor}`)];
}

function statefulSetRemarks(entry: ChangeEntry<unknown>): readonly Remark[] {
  const before = entry.before as StatefulSet | undefined;
  const after = entry.after as StatefulSet | undefined;
  const subject = `statefulset/${entry.key.slice(entry.key.indexOf("/") + 1)}`;
  if (after === undefined) return [remark(entry, "neutral", subject, "is gone")];
  if (before === undefined) return [];
  const scaled = scaledRemarks(entry, subject, before.spec?.replicas, after.spec?.replicas);
  if (scaled.length > 0) return scaled;
  const wanted = (set: StatefulSet): number => set.spec?.replicas ?? 1;
  const isWhole = (set: StatefulSet): boolean =>
    (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0) &&
    (set.status?.readyReplicas ?? 0) === wanted(set) &&
    (set.status?.replicas ?? 0) === wanted(set) &&
    set.status?.updateRevision === set.status?.currentRevision;
  return isWhole(after) && !isWhole(before)
    ? [remark(entry, "good", subject, allReplicas(wanted(after), "ready"))]
    : [];
}

function jobRemarks(entry: ChangeEntry<unknown>): readonly Remark[] {
  const before = entry.before as Job | undefined;
  const after = entry.after as Job | undefined;
  const subject = `job/${entry.key.slice(entry.key.indexOf("/") + 1)}`;
  const ended = (job: Job | undefined, type: string): boolean =>
    job?.status?.conditions?.some((one) => one.type === type && one.status === "True") === true;
  if (ended(after, "Complete") && !ended(before, "Complete"))
    return [remark(entry, "good", subject, "complete")];
  if (ended(after, "Failed") && !ended(before, "Failed"))
    return [remark(entry, "bad", subject, "failed")];
  return [];
}
