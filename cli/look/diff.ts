import { stringify } from "yaml";
import { type FieldChange, fieldChanges, fieldChangeText } from "../../sim/history/field-change.ts";
import { History, type State } from "../../sim/history/history.ts";
import type { Arguments } from "../command.ts";
import { Exit, type ExitCode, type Io } from "../io.ts";
import { styleFor } from "../print/style.ts";
import { checkDigest, openPast, readInstant } from "./past-run.ts";

interface Difference {
  readonly kind: string;
  readonly key: string;
  readonly what: "added" | "removed" | "changed";
  readonly fields: readonly FieldChange[];
}

/** Shows what changed between two instants. */
export function diff(args: Arguments, io: Io): ExitCode {
  const past = openPast(args, io, "changes");
  const { run } = past;
  const from = readInstant(args.text("from"), "T1", 0, run, io);
  const to = readInstant(args.text("to"), "T2", run.end, run, io);
  checkDigest(past);
  run.advance(Math.max(from, to));
  const history = new History(run.cluster.engine.journal.entries, Math.max(from, to));
  const found = differences(history.stateAt(from), history.stateAt(to));
  const format = args.text("output") ?? "table";
  const document = {
    apiVersion: "ksim.dev/v1",
    kind: "Difference",
    from: args.text("from"),
    to: args.text("to"),
    items: found,
  };
  if (format === "json") io.out(`${JSON.stringify(document, null, 2)}\n`);
  else if (format === "yaml") io.out(stringify(document));
  else print(found, args, io);
  return Exit.fine;
}

function differences(before: State, after: State): readonly Difference[] {
  const found: Difference[] = [];
  for (const kind of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const old = before.get(kind);
    const next = after.get(kind);
    for (const key of [...new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])])].sort()) {
      const was = old?.get(key);
      const is = next?.get(key);
      if (was === is) continue;
      const what = was === undefined ? "added" : is === undefined ? "removed" : "changed";
      const fields = was === undefined || is === undefined ? [] : fieldChanges(was, is);
      if (what === "changed" && fields.length === 0) continue;
      found.push({ kind, key, what, fields });
    }
  }
  return found;
}

function print(found: readonly Difference[], args: Arguments, io: Io): void {
  const { green, red, yellow, dim } = styleFor(args, io);
  const marks = { added: green("+"), removed: red("-"), changed: yellow("~") } as const;
  for (const { kind, key, what, fields } of found) {
    io.out(`${marks[what]} ${kind} ${key}\n`);
    for (const field of fields) io.out(`    ${dim(fieldChangeText(field))}\n`);
  }
  if (found.length === 0) io.err("nothing changed\n");
}
