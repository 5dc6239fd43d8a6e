import type { Arguments } from "../command.ts";
import type { Io } from "../io.ts";

/** Colours, or none. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const plain = (text: string): string => text;
const noStyle: Style = {
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
  cyan: plain,
};

function coded(open: number, close: number): (text: string) => string {
  return (text) => `\u001b[${open}m${text}\u001b[${close}m`;
}

const colours: Style = {
  bold: coded(1, 22),
  dim: coded(2, 22),
  red: coded(31, 39),
  green: coded(32, 39),
  yellow: coded(33, 39),
  cyan: coded(36, 39),
};

/** Colours on a terminal that knows them, unless NO_COLOR or --no-color says otherwise. */
export function styleFor(args: Arguments, io: Io): Style {
  if (args.off("color") || (io.env["NO_COLOR"] ?? "") !== "") return noStyle;
  const knows = io.outIsTerminal && io.env["TERM"] !== "dumb";
  return knows || args.has("color") ? colours : noStyle;
}
