import type { ReadStream, WriteStream } from "node:tty";
import { render } from "ink";
import type { Session } from "../sim/history/session.ts";
import { App, type Size } from "./App.tsx";
import { painter } from "./paint.ts";
import { InkOutput, Screen } from "./screen.ts";

/** The terminal a replay opens on. */
export interface ReplayTerminal {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly colour: boolean;
}

/** Opens the replay and resolves when the viewer leaves; the terminal is as it was before. Answers whether by Ctrl-C. */
export async function openReplay(
  session: Session,
  { stdin, stdout, colour }: ReplayTerminal,
): Promise<boolean> {
  const terminal = {
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    write: (bytes: string) => stdout.write(bytes),
  };
  const screen = new Screen(terminal);
  const output = new InkOutput(terminal, screen);
  const size = terminalSize(stdout, output);
  let interrupted = false;
  screen.open();
  // A process that dies must not leave the terminal on the alternate screen.
  const restore = (): void => screen.close();
  process.once("exit", restore);
  const leave = (_: NodeJS.Signals, number: number): void => process.exit(128 + number);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.once(signal, leave);
  try {
    const app = render(
      <App
        session={session}
        size={size}
        paint={painter(colour)}
        onInterrupt={() => {
          interrupted = true;
        }}
      />,
      {
        stdin,
        stdout: output as unknown as WriteStream,
        debug: true,
        exitOnCtrlC: false,
        patchConsole: false,
      },
    );
    await app.waitUntilExit();
    return interrupted;
  } finally {
    process.removeListener("exit", restore);
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.removeListener(signal, leave);
    screen.close();
  }
}

/** The terminal's size as a store; Ink and the screen hear of a change before the view does. */
function terminalSize(stdout: WriteStream, output: InkOutput): Size {
  let current = { columns: output.columns, rows: output.rows };
  return {
    current: () => current,
    subscribe: (listener) => {
      const resized = (): void => {
        current = { columns: output.columns, rows: output.rows };
        output.resized();
        listener();
      };
      stdout.on("resize", resized);
      return () => stdout.off("resize", resized);
    },
  };
}
