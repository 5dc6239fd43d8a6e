import { checkManifest } from "../check-manifest.ts";
import { type LoadedManifest, manifestsOf, objectsOf, setField, titleOf } from "../manifest.ts";
import type { Problem } from "../problem.ts";
import { InputError } from "../problem.ts";
import {
  anyObject,
  anyOf,
  anything,
  described,
  type Infer,
  list,
  mapOf,
  object,
  optional,
  text,
} from "../schema/schema.ts";
import { SourceFile } from "../source-file.ts";
import { defineVerb, type PrepareContext } from "./verb.ts";

const schema = anyOf(
  "a file's name, a manifest, or an object with file, manifest, set, namespace",
  described(text(), "A file of manifests."),
  object({
    file: described(
      optional(anyOf("a file's name or a list of them", text(), list(text()))),
      "A file of manifests, or several.",
    ),
    manifest: described(
      optional(
        anyOf("a manifest, a list of them, or YAML text", anyObject(), list(anyObject()), text()),
      ),
      "The manifests themselves.",
    ),
    set: described(
      optional(mapOf(anything())),
      "Fields to set, by path: `spec.replicas`, or `Deployment/web:spec.replicas`.",
    ),
    namespace: described(optional(text()), "Namespace of the objects that name none."),
  }),
);

interface Prepared {
  readonly manifests: readonly LoadedManifest[];
  readonly from: string;
}

/** Creates objects, or brings them to what the manifests say. */
export const apply = defineVerb<Infer<typeof schema>, Prepared>({
  name: "apply",
  description: "Creates objects from manifests, or brings them to what the manifests say.",
  schema,
  prepare: (value, context) => {
    const given = typeof value === "string" ? { file: value } : value;
    const { path } = context;
    const at = typeof value === "string" ? path : [...path, "file"];
    const files =
      given.file === undefined ? [] : typeof given.file === "string" ? [given.file] : given.file;
    let manifests: readonly LoadedManifest[] = files.flatMap((file) => load(file, at, context));
    if (given.manifest !== undefined)
      manifests = [...manifests, ...inline(given.manifest, context)];
    if (files.length === 0 && given.manifest === undefined)
      context.problem(path, 'expected "file" or "manifest"');
    for (const [field, wanted] of Object.entries(given.set ?? {})) {
      const set = setField(manifests, field, wanted);
      if (set.changed === 0 && manifests.length > 0)
        context.problem([...path, "set", field], `no object has a place for ${field}`);
      manifests = set.manifests;
    }
    for (const manifest of manifests) context.add(checkManifest(manifest));
    return { manifests: inNamespace(manifests, given.namespace), from: files.join(", ") };
  },
  summary: ({ manifests, from }) =>
    `apply ${from === "" ? manifests.map(({ object }) => titleOf(object)).join(", ") : from}`,
  run: ({ manifests }, { api, note }) => {
    for (const { object } of manifests) {
      const { what, object: stored } = api.apply(object);
      note(`${stored.kind.toLowerCase()}/${stored.metadata.name} ${what}`);
    }
    return undefined;
  },
});

function load(
  file: string,
  at: PrepareContext["path"],
  context: PrepareContext,
): readonly LoadedManifest[] {
  const source = context.read(file, at);
  if (source === undefined) return [];
  const problems: Problem[] = [];
  const manifests = manifestsOf(source, problems);
  context.add(problems);
  if (manifests.length === 0 && problems.length === 0)
    context.problem(at, `expected at least one object in ${file}`);
  return manifests;
}

function inline(manifest: unknown, context: PrepareContext): readonly LoadedManifest[] {
  const problems: Problem[] = [];
  const path = [...context.path, "manifest"];
  try {
    if (typeof manifest !== "string") return objectsOf(manifest, context.document, path, problems);
    return manifestsOf(
      new SourceFile(`${context.document.source.name} (manifest)`, manifest),
      problems,
    );
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(...error.problems);
    return [];
  } finally {
    context.add(problems);
  }
}

function inNamespace(
  manifests: readonly LoadedManifest[],
  namespace: string | undefined,
): readonly LoadedManifest[] {
  if (namespace === undefined) return manifests;
  return manifests.map((loaded) => {
    const { metadata } = loaded.object;
    return {
      ...loaded,
      object: {
        ...loaded.object,
        metadata: { ...metadata, namespace: metadata.namespace ?? namespace },
      },
    };
  });
}
