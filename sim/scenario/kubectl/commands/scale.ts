import type { KubeObject } from "../../../api/object.ts";
import { selects } from "../../expect/state-functions.ts";
import { flagText, type KubectlCommand, targetsOf, usageError } from "../command.ts";

/** `kubectl scale` */
export const scale: KubectlCommand = {
  name: "scale",
  usage: "scale KIND/NAME --replicas=N",
  flags: ["replicas", "current-replicas", "selector", "all"],
  words: 1,
  run: (input, context) => {
    const replicas = Number(flagText(input, "replicas"));
    if (!Number.isInteger(replicas) || replicas < 0)
      throw usageError(
        "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
      );
    for (const { kind, key, descriptor, name } of targetsOf(input.words, input, context, selects)) {
      context.api.change<KubeObject>(kind, key, (before) => ({
        ...before,
        spec: { ...(before.spec as object), replicas },
      }));
      context.note(`${descriptor.singular}.${descriptor.group}/${name} scaled`);
    }
    return undefined;
  },
};
