import { stringify } from "yaml";
import type { DecisionEntry } from "../../sim/engine/journal.ts";
import type { Micros } from "../../sim/engine/time.ts";
import { clockText } from "../../sim/history/clock-text.ts";
import { History } from "../../sim/history/history.ts";
import { type Link, why as whyOf } from "../../sim/history/why.ts";
import { ApiAccess, type ServedKind } from "../../sim/scenario/kubectl/api-access.ts";
import type { Arguments } from "../command.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { decisionText } from "../print/decision.ts";
import { type Style, styleFor } from "../print/style.ts";
import { resolve } from "./get.ts";
import { checkDigest, openPast, readTime } from "./past-run.ts";

/** Tells the chain of causes behind an object, a field or a decision. */
export function why(args: Arguments, io: Io): ExitCode {
  const past = openPast(args, io, "full");
  const { run } = past;
  run.finish();
  checkDigest(past);
  const at = readTime(args.text("at"), "--at", run.end);
  const history = new History(run.cluster.engine.journal.entries, run.end);
  const [word = "", ...rest] = (args.text("ref") ?? "").split("/");
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
    );
  const decision = served.kind === "Pod" ? decisionAbout(history, key, at) : undefined;
  print(links, decision, args, io);
  return Exit.fine;
}

/** The object that a name means: exactly, or the newest that was there whose name begins so. */
function findKey(
  history: History,
  { descriptor, kind }: ServedKind,
  name: string,
  at: Micros,
): string {
  if (name === "") throw new UsageError("expected kind/name", "For example: pod/web");
  const wanted = descriptor.namespaced && !name.includes("/") ? `default/${name}` : name;
  let best: string | undefined;
  for (const entry of history.entries) {
    if (entry.time > at) break;
    if (entry.kind !== "change" || entry.collection !== kind) continue;
    if (entry.key === wanted) return wanted;
    if (entry.before === undefined && entry.key.startsWith(wanted)) best = entry.key;
  }
  if (best === undefined)
    throw new UsageError(
      `there is no ${descriptor.singular} ${JSON.stringify(name)} until ${clockText(at)}`,
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
