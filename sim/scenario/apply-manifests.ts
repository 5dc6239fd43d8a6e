import type { KubeObject } from "../api/object.ts";
import type { Cluster } from "../cluster.ts";
import { ApiAccess } from "./kubectl/api-access.ts";
import { manifestsOf } from "./manifest.ts";
import { InputError, type Problem } from "./problem.ts";
import { SourceFile } from "./source-file.ts";

/**
 * Applies Kubernetes manifests (YAML or JSON, any number of documents) to a cluster now, as `kubectl apply` does, and
 * answers the objects as they are stored. Throws `InputError` for a text that is no manifest and `ApiError` for what the
 * API refuses.
 */
export function applyManifests(
  cluster: Cluster,
  text: string,
  name = "manifests",
): readonly KubeObject[] {
  const problems: Problem[] = [];
  const manifests = manifestsOf(new SourceFile(name, text), problems);
  if (problems.length > 0) throw new InputError(problems);
  const { engine, api } = cluster;
  const access = new ApiAccess(api);
  return manifests.map(({ object }) =>
    engine.as("kubectl", engine.journal.cause, () => access.apply(object).object),
  );
}
