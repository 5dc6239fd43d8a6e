import type { Row, Scenario } from "./recording.ts";
import type { Played } from "./replay.ts";

/** What one comparison found: nothing when it holds. */
export type Findings = readonly string[];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /^(T[+-]\d+|\d{4}-\d\d-\d\dT[\d:.]+Z?)$/;
/** Fields that say when, where or which: races, or the recording machine's. */
const VOLATILE = new Set([
  "lastTransitionTime",
  "lastUpdateTime",
  "lastProbeTime",
  "lastHeartbeatTime",
  "lastScaleTime",
  "podIP",
  "podIPs",
  "startTime",
  "completionTime",
  "startedAt",
  "finishedAt",
  "containerID",
  "deleting",
  "node",
  "n",
  "z",
  "a",
  "t",
  "endpoints.kubernetes.io/last-change-trigger-time",
  "batch.kubernetes.io/cronjob-scheduled-timestamp",
  "pod-template-hash",
  "controller-revision-hash",
  "controller.kubernetes.io/hash",
  "topology.kubernetes.io/zone",
  "currentMetrics",
  "timeAdded",
]);

/** A text without what differs from run to run: uids, numbers of pods, names of common nodes. */
export function plainText(text: string): string {
  return text
    .replace(UUID, "<uid>")
    .replace(/-p\d+\b/g, "-pN")
    .replace(/(pods? ")[^"]+(")/gi, "$1…$2")
    .replace(/\bnode-\d\b/g, "node-N")
    .replace(/\d+\.\d+\.\d+\.\d+/g, "<ip>");
}

/** A value without what differs from run to run; lists of objects are sorted. */
export function plain(value: any): any {
  if (typeof value === "string") return TIME.test(value) ? "<time>" : plainText(value);
  if (Array.isArray(value)) {
    const items = value.map(plain);
    const sortable = items.every((item) => typeof item === "object" || typeof item === "string");
    return sortable ? items.sort((a, b) => (text(a) < text(b) ? -1 : 1)) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, item]) => !VOLATILE.has(key) && item !== undefined && item !== null)
    .map(([key, item]) => [key, plain(item)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

const text = (value: unknown): string => JSON.stringify(value);

/** Name under which objects are held against each other: pods of an owner are alike. */
function groupOf({ kind, name = "" }: Row): string {
  return `${kind}/${kind === "Pod" ? plainText(name) : name}`;
}

/** (1) The final state of every object. */
export function finalStates(scenario: Scenario, played: Played): Findings {
  const found: string[] = [];
  const races = raced(scenario, played);
  const wanted = statesOf(scenario.rows, races);
  const got = statesOf(played.rows, races);
  for (const group of new Set([...wanted.keys(), ...got.keys()])) {
    if (group.startsWith("Node/") && !wanted.has(group)) continue;
    if (
      group.startsWith("Namespace/") ||
      group.startsWith("ServiceAccount/") ||
      group === "ConfigMap/kube-root-ca.crt"
    )
      continue;
    const theirs = (wanted.get(group) ?? []).map(text).sort();
    const kept = theirs.map((item) => JSON.parse(item));
    const ours = (got.get(group) ?? []).map((state) => text(likeOf(state, kept[0]))).sort();
    if (text(theirs) === text(ours)) continue;
    found.push(`${group}: recorded ${difference(theirs, ours)}`);
  }
  const answered = scenario.actions.filter(({ requests }) => requests.length > 0);
  answered.forEach(({ text: what, codes: recorded }, at) => {
    if (recorded.length === 0) return;
    const last = played.codes[at]?.at(-1);
    if (last !== recorded.at(-1))
      found.push(`${what}: recorded code ${recorded}, got ${played.codes[at]}`);
  });
  return found;
}

function difference(theirs: readonly string[], ours: readonly string[]): string {
  if (theirs.length !== ours.length) return `${theirs.length} objects, got ${ours.length}`;
  const at = theirs.findIndex((item, place) => item !== ours[place]);
  const [a, b] = [JSON.parse(theirs[at] ?? "{}"), JSON.parse(ours[at] ?? "{}")];
  return paths(a, b).slice(0, 4).join("; ");
}

function paths(a: any, b: any, path = ""): string[] {
  if (text(a) === text(b)) return [];
  if (
    typeof a !== "object" ||
    typeof b !== "object" ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return [`${path} ${text(a)}, got ${text(b)}`];
  if (Array.isArray(a) && a.length !== b.length) return [`${path} ${text(a)}, got ${text(b)}`];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    paths(a[key], b[key], `${path}.${key}`),
  );
}

function statesOf(rows: readonly Row[], races: ReadonlySet<string>): Map<string, any[]> {
  const last = new Map<string, Row>();
  for (const row of rows) {
    if (row.kind === "Event") continue;
    last.set(`${row.kind}/${row.name}`, row);
  }
  const groups = new Map<string, any[]>();
  for (const row of last.values()) {
    if (row.type === "DELETED") continue;
    const state = plain({
      ...row.k,
      deleting: undefined,
      isDeleting: row.k.deleting !== undefined,
    });
    // How often a slice was written depends on what came together.
    if (row.kind === "EndpointSlice") delete state.gen;
    if (races.has(groupOf(row))) {
      delete state.gen;
      delete state.status.observedGeneration;
    }
    for (const key of ["ann", "labels", "k"])
      if (state[key] !== undefined && Object.keys(state[key]).length === 0) delete state[key];
    groups.set(groupOf(row), [...(groups.get(groupOf(row)) ?? []), state]);
  }
  return groups;
}

/** Only what the recording kept of a spec; all of a status. */
function likeOf(state: any, kept: any): any {
  if (kept === undefined) return state;
  const next: any = {};
  for (const key of Object.keys(state)) {
    if (key === "spec" && kept.spec !== undefined)
      next.spec = Object.fromEntries(
        Object.entries(state.spec).filter(([name]) => name in kept.spec),
      );
    else if (key in kept || key === "status" || key === "finalizers" || key === "owner")
      next[key] = state[key];
    else if (key === "labels" || key === "ann") next[key] = state[key];
  }
  if (kept.tolerations === undefined) delete next.tolerations;
  // Of nodes the recorder kept no labels.
  if (kept.conditions !== undefined) delete next.labels;
  return next;
}

/** Where a sequence of sizes turns, with its first step and its end: between them, steps may be taken one by one or together. */
function turns(sizes: readonly string[]): string {
  const numbers = sizes.map(Number);
  return numbers
    .filter((size, at) => {
      const [before, after] = [numbers[at - 1], numbers[at + 1]];
      if (at <= 1 || before === undefined || after === undefined) return true;
      return Math.sign(size - before) !== Math.sign(after - size);
    })
    .join(" ");
}

/** ReplicaSets that differ from the recording only in how many pods became ready between two looks: a race. */
export function raced(scenario: Scenario, { rows }: Played): ReadonlySet<string> {
  const [wanted, got] = [sequencesOf(scenario.rows), sequencesOf(rows)];
  const names = new Set<string>();
  for (const [name, sizes] of wanted) {
    const ours = got.get(name) ?? [];
    if (!name.startsWith("ReplicaSet/") || sizes.join() === ours.join()) continue;
    if (turns(sizes) === turns(ours)) names.add(name);
  }
  return names;
}

/** (2) Sizes of ReplicaSets and StatefulSets, conditions of Jobs, in order and without repeats. */
export function sequences(scenario: Scenario, played: Played): Findings {
  const [wanted, got] = [sequencesOf(scenario.rows), sequencesOf(played.rows)];
  const races = raced(scenario, played);
  const found: string[] = [];
  for (const name of new Set([...wanted.keys(), ...got.keys()])) {
    if (races.has(name)) continue;
    const [a, b] = [(wanted.get(name) ?? []).join(" "), (got.get(name) ?? []).join(" ")];
    if (a !== b) found.push(`${name}: recorded ${a}, got ${b}`);
  }
  return found;
}

export function sequencesOf(rows: readonly Row[]): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  const add = (name: string, item: string) => {
    const list = lists.get(name) ?? [];
    if (list.at(-1) !== item) list.push(item);
    lists.set(name, list);
  };
  for (const { kind, name, k, type } of rows) {
    if (type === "DELETED") continue;
    const key = `${kind}/${name}`;
    if (kind === "ReplicaSet" || kind === "StatefulSet") add(key, String(k.spec.replicas));
    if (kind !== "Job") continue;
    for (const condition of k.status?.conditions ?? []) {
      const item = `${condition.type}=${condition.status}`;
      if (!lists.get(key)?.includes(item)) add(key, item);
    }
  }
  return lists;
}

/** (3) Pods created and deleted per owner, and what those chosen for deletion were like. */
export function podCounts(scenario: Scenario, { rows }: Played): Findings {
  const [wanted, got] = [podsOf(scenario.rows), podsOf(rows)];
  const found: string[] = [];
  for (const owner of new Set([...wanted.keys(), ...got.keys()])) {
    const [a, b] = [text(wanted.get(owner)), text(got.get(owner))];
    if (a !== b) found.push(`${owner}: recorded ${a}, got ${b}`);
  }
  return found;
}

function podsOf(rows: readonly Row[]): Map<string, any> {
  const owners = new Map<
    string,
    { created: number; deleted: number; victims: Record<string, number> }
  >();
  const last = new Map<string, Row>();
  for (const row of rows) {
    if (row.kind !== "Pod") continue;
    const owner = row.k.owner?.find((item: string) => item.endsWith("*")) ?? "nobody";
    const counts = owners.get(owner) ?? { created: 0, deleted: 0, victims: {} };
    owners.set(owner, counts);
    const before = last.get(row.name ?? "");
    last.set(row.name ?? "", row);
    if (row.type === "ADDED") counts.created++;
    const marked = row.k.deleting !== undefined && before?.k.deleting === undefined;
    if (!marked && !(row.type === "DELETED" && before?.k.deleting === undefined)) continue;
    counts.deleted++;
    const like = likenessOf(before ?? row);
    counts.victims[like] = (counts.victims[like] ?? 0) + 1;
  }
  for (const counts of owners.values())
    counts.victims = Object.fromEntries(Object.entries(counts.victims).sort());
  return new Map([...owners].sort());
}

function likenessOf({ k }: Row): string {
  const ready = k.status?.conditions?.some(
    ({ type, status }: any) => type === "Ready" && status === "True",
  );
  const cost = k.ann?.["controller.kubernetes.io/pod-deletion-cost"] ?? "0";
  return `${k.node === undefined ? "unassigned " : ""}${k.status?.phase}${ready ? " ready" : ""} cost ${cost}`;
}

/** (4) Every condition reached, with reason and message. */
export function conditions(scenario: Scenario, { rows }: Played): Findings {
  return setDifference(conditionsOf(scenario.rows), conditionsOf(rows));
}

export function conditionsOf(rows: readonly Row[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { kind, name = "", k, t } of rows)
    for (const { type, status, reason = "", message = "" } of conditionList(k)) {
      const key = plainText(`${kind}/${name} ${type}=${status} ${reason}: ${message}`);
      if (!first.has(key)) first.set(key, t);
    }
  return first;
}

/** (5) EventRecords by object, reason and message. */
export function events(scenario: Scenario, played: Played): Findings {
  const races = [...raced(scenario, played)].map((name) =>
    name.replace("ReplicaSet/", "replica set "),
  );
  const isRaced = (finding: string) => races.some((set) => finding.includes(`${set} from`));
  const found = setDifference(eventsOf(scenario.rows), eventsOf(played.rows));
  return found.filter((finding) => !isRaced(finding));
}

/** Conditions of a status; those of nodes were recorded as lists of their parts. */
function conditionList(k: any): readonly any[] {
  if (k.conditions === undefined) return k.status?.conditions ?? [];
  return k.conditions.map(([type, status, reason, message]: any) => ({
    type,
    status,
    reason,
    message,
  }));
}

function eventsOf(rows: readonly Row[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { kind, k, t } of rows) {
    if (kind !== "Event") continue;
    const key = plainText(`${k.obj} ${k.etype} ${k.reason} [${k.component}]: ${k.message}`);
    if (!first.has(key)) first.set(key, t);
  }
  return first;
}

function setDifference(wanted: Map<string, number>, got: Map<string, number>): Findings {
  const found: string[] = [];
  for (const key of wanted.keys()) if (!got.has(key)) found.push(`missing: ${key}`);
  for (const key of got.keys()) if (!wanted.has(key)) found.push(`too much: ${key}`);
  return found;
}

/** (6) Counts of statuses that only rise, or only fall, do so here too. */
export function paths6(scenario: Scenario, { rows }: Played): Findings {
  const [wanted, got] = [countsOf(scenario.rows), countsOf(rows)];
  const found: string[] = [];
  for (const [name, recorded] of wanted) {
    const ours = got.get(name) ?? [];
    for (const sign of [1, -1]) {
      if (recorded.length < 2 || !isMonotone(recorded, sign) || isMonotone(ours, sign)) continue;
      found.push(`${name}: recorded ${recorded.join(" ")}, got ${ours.join(" ")}`);
    }
  }
  return found;
}

function countsOf(rows: readonly Row[]): Map<string, number[]> {
  const lists = new Map<string, number[]>();
  for (const { kind, name, k, type } of rows) {
    if (kind === "Pod" || kind === "Event" || type === "DELETED") continue;
    for (const [field, value] of Object.entries(k.status ?? {})) {
      if (typeof value !== "number") continue;
      const key = `${kind}/${name}.${field}`;
      const list = lists.get(key) ?? [];
      if (list.at(-1) !== value) list.push(value);
      lists.set(key, list);
    }
  }
  return lists;
}

function isMonotone(values: readonly number[], sign: number): boolean {
  return values.every((value, at) => at === 0 || sign * (value - (values[at - 1] ?? 0)) >= 0);
}

/** (7) Times within ±(1 s + 5 %): pods made, marked and gone in order, and conditions first reached. */
export function times(scenario: Scenario, { rows }: Played): Findings {
  const found: string[] = [];
  const [wanted, got] = [momentsOf(scenario.rows), momentsOf(rows)];
  for (const [name, recorded] of wanted) {
    const ours = got.get(name);
    if (ours === undefined || ours.length !== recorded.length) continue;
    recorded.forEach((t, at) => {
      const off = Math.abs((ours[at] ?? 0) - t);
      if (off > 1 + 0.05 * t)
        found.push(`${name} #${at + 1}: recorded ${t} s, got ${ours[at]?.toFixed(3)} s`);
    });
  }
  return found;
}

function momentsOf(rows: readonly Row[]): Map<string, number[]> {
  const lists = new Map<string, number[]>();
  const add = (name: string, t: number) =>
    lists.set(
      name,
      [...(lists.get(name) ?? []), t].sort((a, b) => a - b),
    );
  const marked = new Set<string>();
  for (const { kind, name = "", k, t, type } of rows) {
    if (kind === "Event" || kind === "Namespace" || kind === "Node") continue;
    const group = `${kind}/${plainText(name)}`;
    if (type === "ADDED") add(`${group} added`, t);
    if (type === "DELETED") add(`${group} gone`, t);
    if (k.deleting === undefined || marked.has(`${kind}/${name}`)) continue;
    marked.add(`${kind}/${name}`);
    add(`${group} marked`, t);
  }
  for (const [key, t] of conditionsOf(rows))
    if (!key.startsWith("Pod/")) add(`condition ${key}`, t);
  return lists;
}
