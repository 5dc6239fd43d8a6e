import type { Micros } from "../../sim/engine/time.ts";
import { FrameCursor, formatFrame } from "../../sim/history/frame.ts";
import { History } from "../../sim/history/history.ts";
import { ReplaySession } from "../../sim/history/session.ts";
import type { Arguments } from "../command.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { checkDigest, openPast, readTime } from "../look/past-run.ts";

/** Replays a run: in the terminal UI, or as frames of text. */
export async function replay(args: Arguments, io: Io): Promise<ExitCode> {
  const frames = args.has("frames");
  if (!frames && !(io.inIsTerminal && io.outIsTerminal))
    throw new UsageError("the replay needs a terminal", "--frames prints frames as text.");
  const every = distanceOf(args.text("every"));
  // Causes lead through events, which frames have no use for.
  const past = openPast(args, io, frames ? "changes" : "full");
  const { run, scenario } = past;
  if (io.errIsTerminal && !args.has("quiet")) io.err("running …\r");
  run.finish();
  checkDigest(past);
  const history = new History(run.cluster.engine.journal.entries, run.end);
  if (frames) {
    printFrames(history, every, io);
    return Exit.fine;
  }
  const colour = !args.off("color") && (io.env["NO_COLOR"] ?? "") === "";
  // Ink asks the environment when it is loaded.
  if (!colour) process.env["FORCE_COLOR"] = "0";
  const { openReplay } = await import("../../tui/main.tsx");
  const interrupted = await openReplay(new ReplaySession(history, scenario.title), {
    stdin: process.stdin,
    stdout: process.stdout,
    colour,
  });
  return interrupted ? Exit.interrupted : Exit.fine;
}

function distanceOf(text: string | undefined): Micros | undefined {
  if (text === undefined) return undefined;
  const distance = readTime(text, "--every", 0);
  if (distance > 0) return distance;
  throw new UsageError(`--every: expected a time above 0s, got ${JSON.stringify(text)}`);
}

/** Frames at even distances, or at every instant at which pods or nodes look different. */
function printFrames(history: History, every: Micros | undefined, io: Io): void {
  const cursor = new FrameCursor(history);
  const show = (time: Micros): string => {
    cursor.moveTo(history.countUntil(time));
    return formatFrame(cursor.frame(time));
  };
  if (every !== undefined) {
    for (let time = 0; time <= history.end; time += every) io.out(`${show(time)}\n\n`);
    return;
  }
  let last = "";
  for (const time of instants(history)) {
    const text = show(time);
    const body = text.slice(text.indexOf("\n"));
    if (body === last) continue;
    last = body;
    io.out(`${text}\n\n`);
  }
}

function* instants(history: History): IterableIterator<Micros> {
  let last = -1;
  for (const { kind, time } of history.entries) {
    if (time === last || kind === "event") continue;
    last = time;
    yield time;
  }
  if (last !== history.end) yield history.end;
}
