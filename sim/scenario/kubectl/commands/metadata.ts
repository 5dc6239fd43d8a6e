import type { KubeObject } from "../../../api/object.ts";
import { selects } from "../../expect/state-functions.ts";
import type { VerbContext } from "../../verbs/verb.ts";
import { type CommandInput, type KubectlCommand, targetsOf, usageError } from "../command.ts";

type Texts = Readonly<Record<string, string>>;

/** `app=web tier-`: what to set and what to remove. */
function edits(words: readonly string[]): { set: Texts; remove: readonly string[] } {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const word of words) {
    const equals = word.indexOf("=");
    if (equals > 0) set[word.slice(0, equals)] = word.slice(equals + 1);
    else if (word.endsWith("-")) remove.push(word.slice(0, -1));
    else throw usageError(`expected key=value or key-, got ${JSON.stringify(word)}`);
  }
  return { set, remove };
}

function isEdit(word: string): boolean {
  return word.includes("=") || word.endsWith("-");
}

function editing(name: "label" | "annotate", field: "labels" | "annotations"): KubectlCommand {
  return {
    name,
    usage: `${name} KIND NAME key=value… key-`,
    flags: ["selector", "all", "overwrite"],
    words: 2,
    run: (input: CommandInput, context: VerbContext) => {
      const objects = input.words.filter((word) => !isEdit(word));
      const { set, remove } = edits(input.words.filter(isEdit));
      for (const { kind, key, descriptor, name: object } of targetsOf(
        objects,
        input,
        context,
        selects,
      )) {
        context.api.change<KubeObject>(kind, key, (before) => {
          const kept = Object.entries(before.metadata[field] ?? {}).filter(
            ([label]) => !remove.includes(label),
          );
          const next = { ...Object.fromEntries(kept), ...set };
          return { ...before, metadata: { ...before.metadata, [field]: next } };
        });
        context.note(
          `${descriptor.singular}/${object} ${name === "label" ? "labeled" : "annotated"}`,
        );
      }
      return undefined;
    },
  };
}

/** `kubectl label` */
export const label = editing("label", "labels");
/** `kubectl annotate` */
export const annotate = editing("annotate", "annotations");
