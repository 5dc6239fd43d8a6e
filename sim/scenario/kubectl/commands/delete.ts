import { notFound } from "../../../api/api-error.ts";
import { selects } from "../../expect/state-functions.ts";
import { flagText, type KubectlCommand, targetsOf } from "../command.ts";

/** `kubectl delete` */
export const remove: KubectlCommand = {
  name: "delete",
  usage: "delete KIND NAME… | KIND/NAME | KIND -l SELECTOR | -f FILE",
  flags: ["selector", "all", "force", "now", "grace-period", "cascade", "filename", "wait"],
  words: 0,
  run: (input, context) => {
    const { api, note } = context;
    const grace = input.flags["now"] === true ? "1" : flagText(input, "grace-period");
    const cascade = flagText(input, "cascade");
    const propagationPolicy =
      cascade === "orphan" ? "Orphan" : cascade === "foreground" ? "Foreground" : "Background";
    const options = {
      propagationPolicy,
      ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    } as const;
    const named = input.words.length === 0 ? [] : targetsOf(input.words, input, context, selects);
    const written = input.manifests.map((manifest) => {
      const served = api.find(manifest.apiVersion, manifest.kind) ?? api.resolve(manifest.kind);
      const { name = "", namespace } = manifest.metadata;
      return { ...served, name, key: api.key(served, name, namespace) };
    });
    for (const { kind, descriptor, key, name } of [...named, ...written]) {
      if (!api.delete(kind, key, options)) throw notFound(descriptor, name);
      note(`${descriptor.singular} "${name}" deleted`);
    }
    return undefined;
  },
};
