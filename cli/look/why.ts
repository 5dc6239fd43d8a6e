import { stringify } from "yaml";
import { fieldsAt } from "../../sim/api/schema/fields-at.ts";
import type { DecisionEntry } from "../../sim/engine/journal.ts";
import type { Micros } from "../../sim/engine/time.ts";
import { clockText } from "../../sim/history/clock-text.ts";
import { History } from "../../sim/history/history.ts";
import { type Link, why as whyOf } from "../../sim/history/why.ts";
import { ApiAccess, type ServedKind } from "../../sim/scenario/kubectl/api-access.ts";
import { fieldPath } from "../../sim/scenario/manifest.ts";
import { suggestion } from "../../sim/scenario/schema/check.ts";
import type { Arguments } from "../command.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { decisionText } from "../print/decision.ts";
import { type Style, styleFor } from "../print/style.ts";
import { resolve } from "./get.ts";
import { checkDigest, openPast, readInstant } from "./past-run.ts";

/** Tells the chain of causes behind an object, a field or a decision. */
export function why(args: Arguments, io: Io): ExitCode {
  const past = openPast(args, io, "full");
  const { run } = past;
  run.finish();
  checkDigest(past);
  const at = readInstant(args.text("at"), "--at", run.end, run, io);
  const history = new History(run.cluster.engine.journal.entries, run.end);
  const ref = args.text("ref") ?? "";
  const [word = "", ...rest] = ref.split("/");
  if (rest.length === 0)
    throw new UsageError(`expected kind/name, got ${JSON.stringify(ref)}`, "For example: pod/web");
  const asksDecision = word === "decision";
  const served = resolve(new ApiAccess(run.cluster.api), asksDecision ? "pod" : word);
  const key = findKey(history, served, rest.join("/"), at);
  const field = args.text("field");
  const links = whyOf(history, {
    kind: served.kind,
    key,
    at,
    ...(field === undefined ? {} : { field }),
  });
  if (links.length === 0)
    throw new UsageError(
      `nothing is known of ${field === undefined ? "" : `${field} of `}${word}/${rest.join("/")} at ${clockText(at)}`,
      field === undefined ? undefined : meantField(field, served),
    );
  const decision = served.kind === "Pod" ? decisionAbout(history, key, at) : undefined;
  print(links, decision, args, io);
  return Exit.fine;
}

/** What was probably meant by a field that nothing is known of. */
function meantField(field: string, { descriptor }: ServedKind): string | undefined {
  const path = fieldPath(field);
  return suggestion(String(path.at(-1)), fieldsAt(descriptor.type ?? "", path.slice(0, -1)));
}

/** The object that a name means: exactly, or the newest that was there whose name begins so. */
function findKey(
  history: History,
  { descriptor, kind }: ServedKind,
  name: string,
  at: Micros,
): string {
  const wanted = descriptor.namespaced && !name.includes("/") ? `default/${name}` : name;
  let best: string | undefined;
  const names = new Set<string>();
  for (const entry of history.entries) {
    if (entry.time > at) break;
    if (entry.kind !== "change" || entry.collection !== kind) continue;
    if (entry.key === wanted) return wanted;
    names.add(entry.key.startsWith("default/") ? entry.key.slice(8) : entry.key);
    if (entry.before === undefined && entry.key.startsWith(wanted)) best = entry.key;
  }
  if (best === undefined)
    throw new UsageError(
      `there is no ${descriptor.singular} ${JSON.stringify(name)} until ${clockText(at)}`,
      suggestion(name, [...names]),
    );
  return best;
}

function decisionAbout(history: History, key: string, at: Micros): DecisionEntry | undefined {
  let found: DecisionEntry | undefined;
  for (const entry of history.entries) {
    if (entry.time > at) break;
    if (entry.kind === "decision" && (entry.subject === `Pod/${key}` || entry.subject === key))
      found = entry;
  }
  return found;
}

function print(
  links: readonly Link[],
  decision: DecisionEntry | undefined,
  args: Arguments,
  io: Io,
): void {
  const format = args.text("output") ?? "table";
  const chain = links.map(({ seq, time, actor, text, entry }) => ({
    seq,
    time,
    actor,
    kind: entry.kind,
    text,
  }));
  const document = {
    apiVersion: "ksim.dev/v1",
    kind: "CausalChain",
    links: chain,
    decision: decision?.decision ?? null,
  };
  if (format !== "table") {
    io.out(format === "json" ? `${JSON.stringify(document, null, 2)}\n` : stringify(document));
    return;
  }
  const style = styleFor(args, io);
  io.out(`${links.map((link, at) => linkText(link, at, style)).join("\n")}\n`);
  if (decision !== undefined) io.out(`\n${decisionText(decision, style)}`);
}

function linkText(
  { time, actor, text, entry }: Link,
  at: number,
  { dim, yellow, bold, cyan }: Style,
): string {
  const paint =
    entry.kind === "fault"
      ? yellow
      : entry.kind === "step"
        ? bold
        : entry.kind === "decision"
          ? cyan
          : (plain: string) => plain;
  return `${dim(clockText(time).padStart(9))} ${at === 0 ? " " : "←"} ${dim(`${actor}:`)} ${paint(text)}`;
}
