import { expired } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import type { Store } from "../store.ts";
import { type Call, includeObject } from "./context.ts";
import { type ListQuery, readRevision, tooLargeRevision } from "./options.ts";
import { presentObject, table } from "./present.ts";
import { readSelection } from "./reading.ts";
import type { Resource } from "./resource.ts";
import { SharedFrames } from "./shared-frames.ts";
import { Watch, type WatchView } from "./watch.ts";

const sharedFrames = new WeakMap<Resource, WeakMap<Store, Map<string, SharedFrames>>>();

/** The frames that all who watch a resource of a store in the same way and namespace have in common. */
function framesOf(
  { api: { store }, resource, target, representation }: Call,
  show: WatchView["show"],
): SharedFrames {
  let byStore = sharedFrames.get(resource);
  if (byStore === undefined) {
    byStore = new WeakMap();
    sharedFrames.set(resource, byStore);
  }
  let views = byStore.get(store);
  if (views === undefined) {
    views = new Map();
    byStore.set(store, views);
  }
  const name = `${representation.as}/${target.namespace ?? ""}`;
  let frames = views.get(name);
  if (frames === undefined) {
    frames = new SharedFrames(store, resource.kind, target.namespace, (object) =>
      show(object, false),
    );
    views.set(name, frames);
  }
  return frames;
}

/** Where a cache remembers from: revisions below are answered with 410. */
export interface WatchMemory {
  readonly oldest: number;
}

/** Opens the watch that a request asks for. */
export function openWatch(call: Call, options: ListQuery, memory: WatchMemory): Watch {
  const { resource, target, api, representation, query } = call;
  const selection = readSelection(resource, target.namespace, options, target.name);
  const include = includeObject(query);
  const { as } = representation;
  const context = { now: api.now };
  const show = (object: KubeObject, first: boolean): unknown =>
    as === "table"
      ? table(
          [object],
          resource,
          { resourceVersion: object.metadata.resourceVersion },
          { now: api.now },
          include,
          first,
        )
      : presentObject(object, resource, representation, context, include);
  const view: WatchView = {
    kind: resource.kind,
    selects: selection.selects,
    // A table's first frame has the columns, and its ages depend on when it is read.
    shared: selection.plain && as !== "table" ? framesOf(call, show) : undefined,
    show,
    bookmark: (revision, initialEnd) => bookmark(resource, as, revision, initialEnd),
  };
  const { store } = api;
  const from = startOf(options, store.revision);
  const wantsInitial = options.sendInitialEvents ?? from === undefined;
  const watch = new Watch(
    store,
    view,
    {
      revision: wantsInitial ? store.revision : (from ?? store.revision),
      initial: wantsInitial ? initialObjects(call, selection.selects, options) : [],
      markInitialEnd: options.sendInitialEvents === true,
      bookmarks: options.bookmarks,
      now: api.now,
    },
    options.timeoutSeconds,
  );
  if (!wantsInitial && from !== undefined && from < memory.oldest)
    watch.fail(expired(`too old resource version: ${from} (${memory.oldest})`).status);
  return watch;
}

/** The revision that a watch begins behind; undefined when it is to begin with what there is. */
function startOf(options: ListQuery, current: number): number | undefined {
  const { resourceVersion, sendInitialEvents } = options;
  if (resourceVersion === undefined || resourceVersion === "0") return undefined;
  const wanted = readRevision(resourceVersion);
  // A plain watch from the future just waits for it.
  if (wanted > current && sendInitialEvents !== undefined) throw tooLargeRevision(wanted, current);
  return wanted;
}

function initialObjects(
  { resource, target, reader }: Call,
  selects: (object: KubeObject) => boolean,
  options: ListQuery,
): readonly KubeObject[] {
  const whole = { ...options, resourceVersion: undefined, resourceVersionMatch: undefined };
  const { objects } = reader.list(resource, target.namespace, { ...whole, limit: 0 });
  return objects.filter(selects);
}

const INITIAL_END = { "k8s.io/initial-events-end": "true" };

function bookmark(
  { apiVersion, descriptor, printer }: Resource,
  as: string,
  revision: number,
  initialEnd: boolean,
): unknown {
  const metadata = {
    resourceVersion: String(revision),
    creationTimestamp: null,
    ...(initialEnd ? { annotations: INITIAL_END } : {}),
  };
  if (as === "table") {
    const object = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
    return {
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion: String(revision) },
      columnDefinitions: null,
      rows: [{ cells: printer.columns.map(() => null), object }],
    };
  }
  if (as === "metadata")
    return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
  return { kind: descriptor.kind, apiVersion, metadata };
}
