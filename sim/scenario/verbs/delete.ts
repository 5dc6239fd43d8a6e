import { notFound } from "../../api/api-error.ts";
import { splitKey } from "../../api/object.ts";
import { selects } from "../expect/state-functions.ts";
import type { ApiAccess, ServedKind } from "../kubectl/api-access.ts";
import {
  anyOf,
  described,
  type Infer,
  integer,
  object,
  oneOf,
  optional,
  text,
} from "../schema/schema.ts";
import { defineVerb } from "./verb.ts";

const schema = anyOf(
  "a reference like deployment/web, or an object with kind and name or selector",
  described(text(), "`kind/name`."),
  object({
    kind: text(),
    name: optional(text()),
    namespace: optional(text()),
    selector: optional(text()),
    gracePeriodSeconds: optional(integer({ minimum: 0 })),
    propagation: optional(oneOf("Background", "Foreground", "Orphan")),
  }),
);

interface Prepared {
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: string;
  readonly gracePeriodSeconds?: number;
  readonly propagation?: "Background" | "Foreground" | "Orphan";
}

/** Deletes an object, or all that a selector picks. */
export const remove = defineVerb<Infer<typeof schema>, Prepared>({
  name: "delete",
  description: "Deletes an object, or all that a selector picks.",
  schema,
  prepare: (value, { path, problem }) => {
    if (typeof value === "string") {
      const [kind = "", name] = value.split("/");
      if (name === undefined || name === "")
        problem(
          path,
          `expected kind/name, got ${JSON.stringify(value)}`,
          "For example: pod/web-1.",
        );
      return { kind, name: name ?? "" };
    }
    if (value.name === undefined && value.selector === undefined)
      problem(path, 'expected "name" or "selector"');
    return value;
  },
  summary: ({ kind, name, selector }) => `delete ${kind} ${name ?? `with ${selector ?? ""}`}`,
  run: (wanted, { api, note }) => {
    const served = api.resolve(wanted.kind);
    const { gracePeriodSeconds, propagation = "Background" } = wanted;
    const options = {
      propagationPolicy: propagation,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    };
    for (const key of targets(api, served, wanted)) {
      if (!api.delete(served.kind, key, options)) throw notFound(served.descriptor, key);
      note(`${served.descriptor.singular}/${splitKey(key)[1]} deleted`);
    }
    return undefined;
  },
});

function targets(api: ApiAccess, served: ServedKind, wanted: Prepared): string[] {
  if (wanted.name !== undefined) return [api.key(served, wanted.name, wanted.namespace)];
  const namespace = served.descriptor.namespaced ? (wanted.namespace ?? "default") : undefined;
  return [...api.list(served.kind, namespace)]
    .filter(({ metadata }) => selects(wanted.selector ?? "", metadata.labels))
    .map(({ metadata }) => api.key(served, metadata.name, metadata.namespace));
}
