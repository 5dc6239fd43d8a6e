import type { FinishedRun } from "../../report/run-facts.ts";
import { MILLISECOND, type Micros, SECOND } from "../../sim/engine/time.ts";
import { History } from "../../sim/history/history.ts";
import { ReplaySession } from "../../sim/history/session.ts";
import { painter } from "../../tui/paint.ts";
import { rowsOf } from "../../tui/rows.ts";
import { Screen } from "../../tui/screen.ts";
import { freshView } from "../../tui/view-state.ts";

const COLUMNS = 120;
const ROWS = 34;
/** A cast is watched for about this long, whatever was simulated. */
const LENGTH: Micros = 60 * SECOND;
/** Frames a second. */
const RATE = 5;

/**
 * The replay of a run as an asciicast (version 2: a head, then a line for every change of the screen). Its times follow
 * virtual time at an even speed; no clock of the machine has a part in it.
 */
export function castText(run: FinishedRun): string {
  const session = new ReplaySession(new History(run.entries, run.end), run.title);
  const speed = Math.max(1, Math.ceil(run.end / LENGTH));
  session.send({ type: "speed", factor: speed });
  const head = {
    version: 2,
    width: COLUMNS,
    height: ROWS,
    title: run.title,
    env: { TERM: "xterm-256color" },
  };
  const lines = [JSON.stringify(head)];
  let time = 0;
  const screen = new Screen({
    columns: COLUMNS,
    rows: ROWS,
    write: (bytes) => {
      lines.push(JSON.stringify([Math.round(time / MILLISECOND) / 1000, "o", bytes]));
    },
  });
  const paint = painter(true);
  const show = (): void => {
    const scene = {
      title: run.title,
      frame: session.frame(),
      player: session.player(),
      marks: session.marks(),
      view: freshView,
      columns: COLUMNS,
      rows: ROWS,
    };
    screen.draw(rowsOf(scene, paint).join("\n"));
  };
  screen.open();
  show();
  session.send({ type: "play" });
  const frame = SECOND / RATE;
  while (session.player().playing) {
    time += frame;
    session.send({ type: "elapsed", wall: frame });
    show();
  }
  // The last frame stands for a moment before the terminal is given back.
  time += 2 * SECOND;
  screen.close();
  return `${lines.join("\n")}\n`;
}
