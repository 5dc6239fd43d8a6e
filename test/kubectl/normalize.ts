/** One recorded command. */
export interface SessionRow {
  readonly cmd: string;
  readonly stdin?: string;
  readonly at: number;
  readonly rc: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly settle: number;
}

/** What a command answered. */
export interface Outcome {
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Commands that are about certain nodes; elsewhere it is chance which node a pod is on. */
const NAMES_NODES =
  /^kubectl (?:get nodes?\b|describe node|cordon|uncordon|drain|taint|label nodes)/;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
const WEEKDAY = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000/g;
const HASHED = /\b([a-z]+)-[bcdf0-9a-z]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g;
const AGES =
  /(?<![\w.:=%/-])(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?![\w:/%-])(?<=[ydhms])/g;

/** Takes out of an answer what differs from run to run, as the README of the recorded session lists it. */
export function normalizeText(text: string, cmd: string): string {
  const plain = text
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| \+0000)?/g, "<time>")
    .replace(WEEKDAY, "<time>")
    .replace(UID, "<uid>")
    .replace(/https?:\/\/[\d.]+:\d+/g, "<server>")
    .replace(/resourceVersion: "\d+"/g, 'resourceVersion: "<rv>"')
    .replace(/("?gitCommit"?): "[0-9a-f]+"/g, '$1: "<commit>"')
    .replace(/pod-template-hash([=:]\s*)[0-9a-z]+/g, "pod-template-hash$1<hash>")
    .replace(HASHED, "$1-<hash>-<pod>")
    .replace(/\b(web|api|app|toomany|sum|manual)-[0-9a-z]{8,10}\b/g, "$1-<hash>")
    .replace(/\b(sum|manual)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "$1-<pod>")
    .replace(/\/\S*\/(LIVE|MERGED)-\d+\//g, "$1/")
    .replace(/(endpointslice\S*\/[a-z]+)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "$1-<x>")
    .replace(/kube-api-access-[0-9a-z]{5}/g, "kube-api-access-<x>")
    .replace(/\b(?:10|172|192)\.\d+\.\d+\.\d+\b/g, "<ip>")
    .replace(/"emulationMajor[^}]*"minCompatibilityMinor": "\d+",/g, "<emulation>")
    .replace(AGES, "<age>")
    .replace(/\(x\d+ over <age>\)/g, "(xN)")
    .replace(/\bx\d+\b/g, "xN");
  const noded = NAMES_NODES.test(cmd) ? plain : plain.replace(/\bnode-\d\b/g, "<node>");
  const lines = noded
    .split("\n")
    .map((line) =>
      line
        .replace(/-{3,}/g, "---")
        .replace(/[ \t]+/g, " ")
        .trimEnd(),
    )
    .filter((line) => line !== "");
  return lines.join("\n");
}

/** Whether the order of lines is by random names, or by chance. */
function isUnordered(cmd: string): boolean {
  return /^kubectl (get|events|describe|drain|delete|api-|label)/.test(cmd) && !/-o yaml/.test(cmd);
}

/** What of an answer is compared: sets of wordings where the README says so. */
export function comparableText(text: string, cmd: string): string {
  const plain = normalizeText(text, cmd);
  if (/^kubectl explain/.test(cmd)) return explained(plain);
  if (/^kubectl describe node/.test(cmd)) return keysOf(plain);
  if (/^kubectl rollout status/.test(cmd)) return rollout(plain);
  if (/--watch|events --for|get events/.test(cmd)) return wordings(plain);
  if (/^kubectl describe/.test(cmd))
    return wordings(plain.replace(/\(combined from [^)]*\): /g, ""));
  return isUnordered(cmd) ? plain.split("\n").sort().join("\n") : plain;
}

/** The lines without repeats, numbers aside. */
function wordings(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/\b\d+ (out of|old|of)/g, "N $1"));
  return [...new Set(lines)].sort().join("\n");
}

const ROLLOUT_WORDS: readonly RegExp[] = [
  /N out of \d+ new replicas have been updated\.\.\.$/,
  /N old replicas are pending termination\.\.\.$/,
  /N of \d+ updated replicas are available\.\.\.$/,
];

/** Waiting in upstream's words, however often and in which of them, and how it ended. */
function rollout(text: string): string {
  const lines = wordings(text).split("\n");
  return lines.filter((line) => !ROLLOUT_WORDS.some((words) => words.test(line))).join("\n");
}

/** Structure of an explanation: kind, version, field and the names of its fields. */
function explained(text: string): string {
  const lines = text.split("\n");
  const description = lines.findIndex((line) => line.startsWith("DESCRIPTION"));
  const fields = lines.findIndex((line) => line.startsWith("FIELDS"));
  const head = description < 0 ? lines : lines.slice(0, description);
  const names = fields < 0 ? [] : lines.slice(fields).filter((line) => /<[\w[\]]+>/.test(line));
  return [...head, ...names].join("\n");
}

/** The titles of a description, in their order. */
function keysOf(text: string): string {
  return text
    .split("\n")
    .map((line) => /^\s*([A-Z][\w /.-]*?):/.exec(line)?.[1] ?? "")
    .filter((key) => key !== "")
    .join("\n");
}
