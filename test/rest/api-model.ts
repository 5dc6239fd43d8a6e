import { expect } from "vitest";
import { Informers } from "../../sim/api/informer.ts";
import type { KubeObject } from "../../sim/api/object.ts";
import type { Frame } from "../../sim/api/rest/shared-frames.ts";
import type { Watch } from "../../sim/api/rest/watch.ts";
import { MINUTE } from "../../sim/engine/time.ts";
import { type BareApi, bareApi } from "./bare-api.ts";

/*
 * A small model of the API's semantics (invariants 27 to 36): it knows what each request must do to revisions,
 * generations, uids, finalizers and status, and what every open watch must have heard.
 */

const KINDS = {
  ConfigMap: "/api/v1/namespaces/default/configmaps",
  Deployment: "/apis/apps/v1/namespaces/default/deployments",
} as const;
/** How long after its commit a change reaches the cache. */
const LAG = 30 * MINUTE;
export type Kind = keyof typeof KINDS;
export const NAMES = ["a", "b", "c"] as const;

export type Stored = KubeObject & { spec?: any; status?: any; data?: any };
interface Committed {
  readonly revision: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly name: string;
  readonly object: Stored;
}
interface OpenWatch {
  readonly kind: Kind;
  readonly from: number;
  readonly watch: Watch;
  readonly heard: Frame[];
}

/** What the model knows. */
export interface Model {
  readonly objects: Map<string, Stored>;
  readonly log: Record<Kind, Committed[]>;
  readonly uids: Set<string>;
  revision: number;
  compacted: number;
}

/** The API under test, with the watches that were opened on it. */
export interface Real {
  readonly bare: BareApi;
  readonly watches: OpenWatch[];
  readonly cache: FollowedCache;
}

/** An informer's cache with what it was last seen to hold. */
class FollowedCache {
  readonly #informers: Informers;
  /** Newest revision that was delivered, by kind. */
  readonly #delivered = new Map<string, number>();

  constructor({ engine, store }: BareApi) {
    this.#informers = new Informers("laws", engine, store, LAG);
    for (const kind of Object.keys(KINDS))
      this.#informers.on(kind, ({ revision }) => {
        const before = this.#delivered.get(kind) ?? 0;
        expect(revision, "35: a cache never goes back").toBeGreaterThan(before);
        this.#delivered.set(kind, revision);
      });
  }

  /** 35: the cache holds each object as of the newest revision that it was told of. */
  check(model: Model, settled: boolean): void {
    for (const kind of Object.keys(KINDS) as Kind[]) {
      const delivered = this.#delivered.get(kind) ?? 0;
      const expected = new Map<string, string>();
      for (const { revision, type, name, object } of model.log[kind]) {
        if (revision > delivered) break;
        if (type === "DELETED") expected.delete(name);
        else expected.set(name, object.metadata.resourceVersion);
      }
      const held = [...this.#informers.cache(kind).values()];
      const found = held.map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
      expect(Object.fromEntries(found), "35: a state that there was").toEqual(
        Object.fromEntries(expected),
      );
      const newest = model.log[kind].at(-1)?.revision ?? 0;
      if (settled) expect(delivered, "35: and in the end the last one").toBe(newest);
    }
  }
}

export function startModel(): { model: Model; real: Real } {
  const bare = bareApi();
  const revision = bare.store.revision;
  return {
    model: {
      objects: new Map(),
      log: { ConfigMap: [], Deployment: [] },
      uids: new Set(),
      revision,
      compacted: 0,
    },
    real: { bare, watches: [], cache: new FollowedCache(bare) },
  };
}

export const pathOf = (kind: Kind, name?: string) =>
  name === undefined ? KINDS[kind] : `${KINDS[kind]}/${name}`;
export const keyOf = (kind: Kind, name: string) => `${kind}/${name}`;

export function manifest(kind: Kind, name: string, value: number): any {
  const metadata = { name };
  if (kind === "ConfigMap")
    return { apiVersion: "v1", kind, metadata, data: { value: String(value) } };
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata,
    spec: {
      replicas: value,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "x:1" }] } },
    },
  };
}

/** After a request that was to commit one change: revision, uid, generation, and what the log says. */
export function committed(
  model: Model,
  real: Real,
  kind: Kind,
  type: Committed["type"],
  object: Stored,
): void {
  const revision = Number(object.metadata.resourceVersion);
  expect(revision, "27: a write takes a greater revision").toBeGreaterThan(model.revision);
  expect(real.bare.store.revision).toBe(revision);
  model.revision = revision;
  model.log[kind].push({ revision, type, name: object.metadata.name, object });
  const key = keyOf(kind, object.metadata.name);
  if (type === "DELETED") model.objects.delete(key);
  else model.objects.set(key, object);
}

/** After a request that was to change nothing. */
export function unchanged(model: Model, real: Real): void {
  expect(real.bare.store.revision, "27: no revision is consumed").toBe(model.revision);
}

export function storedOf(real: Real, kind: Kind, name: string): Stored | undefined {
  return real.bare.store.get(kind, `default/${name}`) as Stored | undefined;
}

/** 32 and 33: every watch has heard exactly what was committed behind its start, in order, or ended with one 410. */
export function checkWatches(model: Model, real: Real): void {
  real.bare.engine.runUntil(real.bare.engine.now + LAG);
  real.cache.check(model, true);
  for (const { kind, from, watch, heard } of real.watches) {
    heard.push(...watch.pull(real.bare.engine.now));
    const errors = heard.filter(({ type }) => type === "ERROR");
    expect(errors.length).toBeLessThanOrEqual(1);
    const changes = heard.filter(({ type }) => type !== "ERROR" && type !== "BOOKMARK");
    const expected = model.log[kind]
      .filter(({ revision }) => revision > from)
      .map(({ type, revision }) => `${type} ${revision}`);
    const found = changes.map(
      ({ type, object }) => `${type} ${(object as Stored).metadata.resourceVersion}`,
    );
    expect(found, `32: watch of ${kind} from ${from}`).toEqual(
      errors.length === 0 ? expected : expected.slice(0, found.length),
    );
    let delivered = from;
    for (const { type, object } of heard) {
      if (type === "ERROR") continue;
      const revision = Number((object as Stored).metadata.resourceVersion);
      expect(revision, "33: nothing older behind a bookmark").toBeGreaterThanOrEqual(delivered);
      delivered = revision;
    }
  }
}
