import { selects } from "../../expect/state-functions.ts";
import { flagText, type KubectlCommand, targetsOf, usageError } from "../command.ts";

/** `kubectl patch` with a JSON merge. */
export const patch: KubectlCommand = {
  name: "patch",
  usage: "patch KIND NAME -p JSON",
  flags: ["patch", "type"],
  words: 1,
  run: (input, context) => {
    const wanted = read(flagText(input, "patch") ?? "");
    for (const target of targetsOf(input.words, input, context, selects)) {
      context.api.patch(target, target.key, wanted);
      context.note(`${target.descriptor.singular}/${target.name} patched`);
    }
    return undefined;
  },
};

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usageError(`unable to parse ${JSON.stringify(text)}: expected JSON`);
  }
}
