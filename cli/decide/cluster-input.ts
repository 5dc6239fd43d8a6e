import { descriptorByApiVersion } from "../../sim/api/kinds/registry.ts";
import { applyDefaults, decodeObject } from "../../sim/api/kinds/strategy.ts";
import type { KubeObject } from "../../sim/api/object.ts";
import type { Node, Pod } from "../../sim/api/types.gen.ts";
import { checkManifest } from "../../sim/scenario/check-manifest.ts";
import { manifestsOf } from "../../sim/scenario/manifest.ts";
import { InputError, type Problem } from "../../sim/scenario/problem.ts";
import { SourceFile } from "../../sim/scenario/source-file.ts";
import type { DecideInput } from "../../sim/scheduler/decide.ts";
import type { NamedText } from "../files/read.ts";

/** The question that a dump of a cluster and a pod's manifest make. */
export function clusterInput(dump: NamedText, pod: NamedText): DecideInput {
  const objects = readDump(dump);
  const pods = read(pod, true).filter(({ kind }) => kind === "Pod" || templateOf(kind));
  const [pending] = pods.map(podOf);
  if (pending === undefined)
    throw new InputError([
      {
        file: pod.name,
        line: 1,
        column: 1,
        path: "",
        message: "expected a Pod, or something with a pod template",
      },
    ]);
  const lists: Record<string, KubeObject[]> = {};
  for (const object of objects) {
    if (object.kind === "Node" || object.kind === "Pod") continue;
    const plural = descriptorByApiVersion(object.apiVersion, object.kind)?.plural;
    if (plural === undefined) continue;
    lists[plural] = [...(lists[plural] ?? []), object];
  }
  return {
    nodes: objects.filter(({ kind }) => kind === "Node") as Node[],
    pods: objects.filter(({ kind }) => kind === "Pod") as unknown as Pod[],
    pending,
    objects: lists,
  };
}

/** A dump of `kubectl get … -o json`, which may be large, or the same as YAML. It may have fields that we do not know. */
function readDump(dump: NamedText): KubeObject[] {
  const value = /^\s*\{/.test(dump.text) ? parseJson(dump.text) : undefined;
  // What is no JSON is read as YAML, which also knows where it is broken.
  return value === undefined ? read(dump, false) : listed(value, dump.name, "").map(complete);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The objects of a list, lists in it included. */
function listed(value: unknown, file: string, path: string): KubeObject[] {
  const { kind, apiVersion, items } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (Array.isArray(items))
    return items.flatMap((item, at) => listed(item, file, `${path}${path && "."}items[${at}]`));
  if (typeof kind === "string" && typeof apiVersion === "string") return [value as KubeObject];
  const message =
    "expected an object with apiVersion and kind, as `kubectl get … -o json` writes it";
  throw new InputError([{ file, line: 1, column: 1, path, message }]);
}

/** A manifest of the user's, which may not have fields that nobody knows. */
function read({ name, text }: NamedText, strict: boolean): KubeObject[] {
  const problems: Problem[] = [];
  const manifests = manifestsOf(new SourceFile(name, text), problems);
  if (strict) for (const manifest of manifests) problems.push(...checkManifest(manifest));
  if (problems.length > 0) throw new InputError(problems);
  return manifests.map(({ object }) => complete(object as KubeObject));
}

/** An object as the API server would hand it out. */
function complete(object: KubeObject): KubeObject {
  const descriptor = descriptorByApiVersion(object.apiVersion, object.kind);
  if (descriptor === undefined) return object;
  const slash = object.apiVersion.indexOf("/");
  const served = {
    group: slash < 0 ? "" : object.apiVersion.slice(0, slash),
    version: object.apiVersion.slice(slash + 1),
  };
  const decoded = decodeObject(descriptor, served, object).object;
  const { metadata } = decoded;
  const placed =
    descriptor.namespaced && metadata.namespace === undefined
      ? { ...decoded, metadata: { ...metadata, namespace: "default" } }
      : decoded;
  return applyDefaults(descriptor, placed);
}

function templateOf(kind: string): boolean {
  return [
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "ReplicationController",
  ].includes(kind);
}

/** A pod as it is, or as the first one of a template would be. */
function podOf(object: KubeObject): Pod {
  if (object.kind === "Pod") return object as unknown as Pod;
  const { template } = object.spec as { template: { metadata?: object; spec: object } };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...template.metadata,
      name: `${object.metadata.name}-0`,
      namespace: object.metadata.namespace,
    },
    spec: template.spec,
  } as unknown as KubeObject;
  const descriptor = descriptorByApiVersion("v1", "Pod");
  return (descriptor === undefined ? pod : applyDefaults(descriptor, pod)) as unknown as Pod;
}
