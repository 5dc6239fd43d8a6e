import { anyObject, described, type Infer, object, optional, text } from "../schema/schema.ts";
import { defineVerb } from "./verb.ts";

const schema = object({
  kind: text(),
  name: text(),
  namespace: optional(text()),
  patch: described(
    anyObject(),
    "What to lay over the object; lists of named objects are merged by name, null removes.",
  ),
});

/** Changes some fields of an object. */
export const patch = defineVerb<Infer<typeof schema>, Infer<typeof schema>>({
  name: "patch",
  description: "Changes some fields of an object.",
  schema,
  prepare: (value) => value,
  summary: ({ kind, name }) => `patch ${kind} ${name}`,
  run: ({ kind, name, namespace, patch: wanted }, { api, note }) => {
    const served = api.resolve(kind);
    api.patch(served, api.key(served, name, namespace), wanted);
    note(`${served.descriptor.singular}/${name} patched`);
    return undefined;
  },
});
