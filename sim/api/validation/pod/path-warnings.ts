import type { Volume, VolumeProjection } from "../../types.gen.ts";
import { goQuote } from "../go-text.ts";

interface Filed {
  readonly path: string;
}

const pathsOf = (items: readonly Filed[]) => items.map(({ path }) => path);

/** Texts about files of one volume that lie in each other's way. */
export function pathWarnings({ name, ...volume }: Volume): readonly string[] {
  const texts: string[] = [];
  const of = goQuote(name);
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap?.items !== undefined) {
    const what = `volume ${of} (ConfigMap ${goQuote(configMap.name ?? "")}): overlapping paths`;
    texts.push(...collisions(pathsOf(configMap.items), what));
  }
  if (secret?.items !== undefined) {
    const what = `volume ${of} (Secret ${goQuote(secret.secretName ?? "")}): overlapping paths`;
    texts.push(...collisions(pathsOf(secret.items), what));
  }
  if (downwardAPI?.items !== undefined) {
    const what = `volume ${of} (DownwardAPI): overlapping paths`;
    texts.push(...collisions(pathsOf(downwardAPI.items), what));
  }
  if (projected?.sources !== undefined) texts.push(...projectedWarnings(of, projected.sources));
  return texts;
}

function projectedWarnings(volume: string, sources: readonly VolumeProjection[]): string[] {
  const texts: string[] = [];
  const before = new Set<string>();
  // A source without paths of its own is looked at as the one before it, as upstream does.
  let paths: readonly string[] = [];
  let what = "";
  for (const source of sources) {
    if (Object.keys(source).length === 0) {
      texts.push(`volume ${volume} (Projected) has no sources provided`);
      continue;
    }
    const [kind, own] = projectedPaths(source) ?? [];
    if (kind !== undefined && own !== undefined) {
      paths = own;
      what = `volume ${volume} (Projected ${kind}): overlapping paths`;
    }
    if (paths.length === 0) continue;
    texts.push(...collisions(paths, what));
    const together = [...new Set(paths), ...before].sort();
    texts.push(...collisions(together, what));
    for (const path of paths) before.add(path);
  }
  return texts;
}

function projectedPaths(
  source: VolumeProjection,
): readonly [kind: string, paths: readonly string[]] | undefined {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  const named = (kind: string, name = "") => `${kind} ${goQuote(name)}`;
  if (configMap?.items) return [named("ConfigMap", configMap.name), pathsOf(configMap.items)];
  if (secret?.items) return [named("Secret", secret.name), pathsOf(secret.items)];
  if (downwardAPI?.items) return ["DownwardAPI", pathsOf(downwardAPI.items)];
  if (serviceAccountToken) return ["ServiceAccountToken", [serviceAccountToken.path]];
  if (clusterTrustBundle === undefined) return undefined;
  const { name, signerName, path } = clusterTrustBundle;
  return [named("ClusterTrustBundle", name ?? signerName), [path]];
}

function collisions(paths: readonly string[], what: string): readonly string[] {
  const seen = new Set<string>();
  const texts: string[] = [];
  for (const raw of paths) {
    const path = raw.replace(/\/+$/, "");
    const other = path === "" ? undefined : overlapping(seen, path);
    if (other !== undefined) texts.push(`${what}: ${goQuote(path)} with ${goQuote(other)}`);
    seen.add(path);
  }
  return texts;
}

function overlapping(paths: Iterable<string>, path: string): string | undefined {
  for (const other of paths) {
    if (other === "") return undefined;
    if (`${other}/`.startsWith(path) || `${path}/`.startsWith(other)) return other;
  }
  return undefined;
}
