import cliTruncate from "cli-truncate";
import stringWidth from "string-width";

/** Styles by what they mean; the terminal's own sixteen colours, so that its theme holds. */
const CODES = {
  title: "1",
  dim: "2",
  good: "32",
  bad: "31",
  warn: "33",
  fault: "1;31",
  step: "36",
  mark: "1;35",
  inverse: "7",
} as const;

/** A style a row part can have. */
export type Style = keyof typeof CODES | "plain";

/** Puts a style on text, or leaves it plain. */
export type Paint = (style: Style, text: string) => string;

/** Line breaks and escape sequences in users' texts: a row is a row, and looks as it is painted. */
const CONTROLS = /\p{Cc}+/gu;

/** Paint for a terminal with or without colours. */
export function painter(colour: boolean): Paint {
  return (style, given) => {
    const text = given.replace(CONTROLS, " ");
    return style === "plain" || !colour ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`;
  };
}

/** Text cut or filled to exactly so many columns; styles and wide characters are counted as they show. */
export function toWidth(text: string, columns: number): string {
  if (columns <= 0) return "";
  const width = stringWidth(text);
  if (width === columns) return text;
  return width < columns ? `${text}${" ".repeat(columns - width)}` : cliTruncate(text, columns);
}
