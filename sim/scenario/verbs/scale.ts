import type { KubeObject } from "../../api/object.ts";
import { described, type Infer, integer, object, optional, text } from "../schema/schema.ts";
import { defineVerb } from "./verb.ts";

const schema = object({
  target: described(optional(text()), "`kind/name`.", "deployment/web"),
  kind: optional(text()),
  name: optional(text()),
  namespace: optional(text()),
  replicas: integer({ minimum: 0 }),
});

interface Prepared {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly replicas: number;
}

/** Sets the number of replicas. */
export const scale = defineVerb<Infer<typeof schema>, Prepared>({
  name: "scale",
  description: "Sets the number of replicas of a workload.",
  schema,
  prepare: (value, { path, problem }) => {
    const [kind, name] = value.target?.split("/") ?? [value.kind ?? "deployment", value.name];
    if (name === undefined)
      problem(path, 'expected "target" like deployment/web, or "kind" and "name"');
    return {
      kind: kind ?? "deployment",
      name: name ?? "",
      namespace: value.namespace,
      replicas: value.replicas,
    };
  },
  summary: ({ kind, name, replicas }) => `scale ${kind}/${name} to ${replicas}`,
  run: ({ kind, name, namespace, replicas }, { api, note }) => {
    const served = api.resolve(kind);
    api.change<KubeObject>(served.kind, api.key(served, name, namespace), (before) => ({
      ...before,
      spec: { ...(before.spec as object), replicas },
    }));
    note(`${served.descriptor.singular}/${name} scaled`);
    return undefined;
  },
});
