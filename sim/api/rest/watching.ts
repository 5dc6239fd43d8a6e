import { expired } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import type { Change } from "../store.ts";
import { type Call, includeObject } from "./context.ts";
import { type ListQuery, readRevision, tooLargeRevision } from "./options.ts";
import { presentObject, table } from "./present.ts";
import { readSelection } from "./reading.ts";
import type { Resource } from "./resource.ts";
import { type Frame, Watch, type WatchView } from "./watch.ts";

const sharedFrames = new WeakMap<Resource, Map<string, WeakMap<Change, Frame>>>();

function framesOf(resource: Resource, as: string): WeakMap<Change, Frame> {
  let views = sharedFrames.get(resource);
  if (views === undefined) {
    views = new Map();
    sharedFrames.set(resource, views);
  }
  let frames = views.get(as);
  if (frames === undefined) {
    frames = new WeakMap();
    views.set(as, frames);
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
  const view: WatchView = {
    kind: resource.kind,
    selects: selection.selects,
    plain: selection.plain && as !== "table",
    namespace: target.namespace,
    frames: as === "table" ? new WeakMap() : framesOf(resource, as),
    show: (object, first) =>
      as === "table"
        ? table(
            [object],
            resource,
            { resourceVersion: object.metadata.resourceVersion },
            { now: api.now },
            include,
            first,
          )
        : presentObject(object, resource, representation, context, include),
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
