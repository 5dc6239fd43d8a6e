import type { VerbContext } from "../../verbs/verb.ts";
import type { CommandInput, KubectlCommand } from "../command.ts";

/** `kubectl apply -f` */
export const apply: KubectlCommand = {
  name: "apply",
  usage: "apply -f FILE",
  flags: ["filename"],
  words: 0,
  run: ({ manifests }: CommandInput, { api, note }: VerbContext) => {
    for (const manifest of manifests) {
      const { object, what } = api.apply(manifest);
      note(`${object.kind.toLowerCase()}/${object.metadata.name} ${what}`);
    }
    return undefined;
  },
};
