/** A block of code in a page: its language, the words behind it, and its text. */
export interface Block {
  readonly language: string;
  readonly file: string;
  readonly text: string;
  readonly line: number;
}

/** The blocks of code of a Markdown page. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { language: string; file: string; lines: string[]; line: number } | undefined;
  page.split("\n").forEach((line, at) => {
    if (!line.startsWith("```")) {
      open?.lines.push(line);
      return;
    }
    if (open === undefined) {
      const [language = "", file = ""] = line.slice(3).trim().split(" ");
      open = { language, file, lines: [], line: at + 1 };
      return;
    }
    blocks.push({ ...open, text: `${open.lines.join("\n")}\n` });
    open = undefined;
  });
  return blocks;
}

/** A command line of a page: its words behind `ksim`, the code it ends with, and where its output goes. */
export interface Line {
  readonly text: string;
  readonly words: readonly string[];
  readonly exit: number;
  readonly into: string | undefined;
}

/** The `ksim` lines of a shell block. */
export function ksimLines({ text }: Block): readonly Line[] {
  return text.split("\n").flatMap((line) => {
    const told = /^(?:npx )?ksim ([^#]*?)(?:\s+#\s*(.*))?$/.exec(line.trim());
    if (told === null) return [];
    const [, given = "", note = ""] = told;
    const [command = "", into] = given.split(" > ");
    const words = command.match(/'[^']*'|\S+/g)?.map((word) => word.replaceAll("'", "")) ?? [];
    return [
      { text: line, words, exit: Number(/^exit (\d)/.exec(note)?.[1] ?? 0), into: into?.trim() },
    ];
  });
}
