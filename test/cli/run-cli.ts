import { join } from "node:path";
import type { Io } from "../../cli/io.ts";
import { main } from "../../cli/main.ts";

/** What a command printed and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const root = join(import.meta.dirname, "../..");

/** Runs a command line in this process, away from any terminal. */
export async function ksim(
  args: readonly string[],
  world: { cwd?: string; stdin?: string | Uint8Array } = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    stdin: () => Buffer.from(world.stdin ?? ""),
    outIsTerminal: false,
    errIsTerminal: false,
    inIsTerminal: false,
    columns: 100,
    env: {},
    cwd: world.cwd ?? root,
  };
  const code = await main(args, io);
  return { code, out, err };
}
