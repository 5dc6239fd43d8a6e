import { commonOptions } from "./command.ts";
import { commandTable } from "./command-table.ts";

/** A script for the shell that asks `ksim --get-completions` for words. */
export function completionScript(shell: string): string {
  if (shell.endsWith("zsh")) {
    return `#compdef ksim
_ksim() {
  local -a words_found
  words_found=("\${(@f)$(ksim --get-completions "\${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  compadd -a words_found
  _files
}
compdef _ksim ksim
`;
  }
  return `# bash completion of ksim: add to ~/.bashrc
#   source <(ksim --completion)
_ksim() {
  local found
  found=$(ksim --get-completions "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _ksim ksim
`;
}

/** Words that may follow what was typed; the last word is the one being typed. */
export async function completions(words: readonly string[]): Promise<readonly string[]> {
  const [name = "", ...rest] = words;
  if (rest.length === 0)
    return commandTable.map((entry) => entry.name).filter((word) => word.startsWith(name));
  const entry = commandTable.find((candidate) => candidate.name === name);
  if (entry === undefined) return [];
  const { command } = await entry.load();
  const current = rest.at(-1) ?? "";
  const before = rest.at(-2);
  const option = command.options.find(
    (one) => before === `--${one.name}` || before === `-${one.alias ?? ""}`,
  );
  const found =
    option?.choices ??
    (current.startsWith("-")
      ? [...command.options, ...commonOptions].map((one) => `--${one.name}`)
      : await argumentWords(name, rest.length));
  return found.filter((word) => word.startsWith(current));
}

/** Commands that take a scenario of the catalogue by its name. */
const TAKE_SCENARIOS: readonly string[] =
  "run replay why get diff test bench check serve export lint".split(" ");

async function argumentWords(name: string, position: number): Promise<readonly string[]> {
  if (name === "list") return (await import("./authoring/list.ts")).listNames;
  if (name === "import" && position === 1) {
    const { importers } = await import("../sim/experiment/importers/registry.ts");
    return importers.map((importer) => importer.name);
  }
  if (!TAKE_SCENARIOS.includes(name)) return [];
  const { catalogue } = await import("./files/catalogue.ts");
  return catalogue().map((scenario) => scenario.name);
}
