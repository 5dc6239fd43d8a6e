import type { Micros } from "../engine/time.ts";

/** A pod's resolver: what `/etc/resolv.conf` says. */
export interface Resolver {
  /** Names with fewer dots are tried with the search suffixes first. */
  readonly ndots: number;
  readonly searches: readonly string[];
  /** Address families asked for each name: A and AAAA. */
  readonly families: number;
}

/** What the kubelet writes for dnsPolicy ClusterFirst. */
export function clusterFirst(namespace: string): Resolver {
  return {
    ndots: 5,
    searches: [`${namespace}.svc.cluster.local`, "svc.cluster.local", "cluster.local"],
    families: 2,
  };
}

/**
 * Queries that one look-up of a name costs, in the order in which the resolver (glibc) tries: `exists` answers whether a
 * full name is known. An external name under ndots 5 costs four names of two families; with a trailing dot one.
 */
export function queriesFor(
  name: string,
  resolver: Resolver,
  exists: (fullName: string) => boolean,
): number {
  if (name.endsWith(".")) return resolver.families;
  const dots = name.split(".").length - 1;
  const suffixed = resolver.searches.map((suffix) => `${name}.${suffix}`);
  const candidates = dots >= resolver.ndots ? [name, ...suffixed] : [...suffixed, name];
  const found = candidates.findIndex(exists);
  return (found < 0 ? candidates.length : found + 1) * resolver.families;
}

/** Time that the queries take: the families go side by side, the names one after the other. */
export function lookupTime(queries: number, families: number, each: Micros): Micros {
  return Math.ceil(queries / families) * each;
}
