import type { Node } from "../../sim/api/types.gen.ts";
import type { ClusterConfig } from "../../sim/cluster.ts";
import { manifestsOf } from "../../sim/scenario/manifest.ts";
import { ksimKind } from "../../sim/scenario/parse.ts";
import { InputError, type Problem } from "../../sim/scenario/problem.ts";
import { SourceFile } from "../../sim/scenario/source-file.ts";
import type { NamedText } from "../files/read.ts";

/** The nodes of a `kubectl get nodes -o json`, as templates; `undefined` when the file is a scenario. */
export function readNodes({ name, text }: NamedText): ClusterConfig["nodes"] | undefined {
  const source = new SourceFile(name, text);
  if (ksimKind(source) !== undefined) return undefined;
  const problems: Problem[] = [];
  const nodes = manifestsOf(source, problems).filter(({ object }) => object.kind === "Node");
  if (problems.length > 0) throw new InputError(problems);
  if (nodes.length === 0)
    throw new InputError([
      source.problem({ line: 1, column: 1 }, [], "expected a scenario or a list of Nodes"),
    ]);
  return nodes.map(({ object }) => {
    const { metadata, spec, status } = object as unknown as Node;
    return {
      name: metadata.name,
      count: 1,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(spec?.taints === undefined ? {} : { taints: spec.taints }),
      ...(status?.capacity === undefined ? {} : { capacity: status.capacity }),
      ...(status?.allocatable === undefined ? {} : { allocatable: status.allocatable }),
    } as ClusterConfig["nodes"][number];
  });
}
