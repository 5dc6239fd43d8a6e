import { deepEqual } from "../../api/meta/equal.ts";
import type { DiscoveryV1EndpointPort, Endpoint, EndpointSlice } from "../../api/types.gen.ts";

/** Endpoints that share their ports. */
export interface EndpointGroup {
  readonly ports: readonly DiscoveryV1EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** Content of a slice that is to be written. */
export interface SliceContent {
  readonly ports: readonly DiscoveryV1EndpointPort[] | undefined;
  readonly endpoints: readonly Endpoint[];
}

/** What to do with the slices of a Service, of one address family. */
export interface SlicePlan {
  readonly create: readonly SliceContent[];
  readonly update: readonly { readonly slice: EndpointSlice; readonly content: SliceContent }[];
  readonly remove: readonly EndpointSlice[];
}

/** A slice on its way: what it held, and what it is to hold. */
interface Draft {
  readonly slice: EndpointSlice | undefined;
  readonly endpoints: Endpoint[];
  changed: boolean;
}

/**
 * How slices come to hold the wanted endpoints with few writes (upstream `endpointslice.Reconciler`): what is there
 * stays where it is, changed slices are filled first, then one unchanged slice that has room for the rest, then new
 * ones; a slice to be deleted is used again instead where one is to be made. A Service without endpoints keeps one
 * empty slice.
 */
export function planSlices(
  existing: readonly EndpointSlice[],
  groups: readonly EndpointGroup[],
  limit: number,
): SlicePlan {
  const create: SliceContent[] = [];
  const update: { slice: EndpointSlice; content: SliceContent }[] = [];
  const remove: EndpointSlice[] = [];
  const unused = new Set(existing);
  for (const { ports, endpoints } of groups) {
    const own = existing.filter(
      (slice) => unused.has(slice) && deepEqual(slice.ports ?? [], ports),
    );
    for (const slice of own) unused.delete(slice);
    for (const draft of fill(own, endpoints, limit)) {
      const content = { ports, endpoints: draft.endpoints };
      if (draft.slice === undefined) create.push(content);
      else if (draft.endpoints.length === 0) remove.push(draft.slice);
      else if (draft.changed) update.push({ slice: draft.slice, content });
    }
  }
  remove.push(...unused);
  if (remove.length === existing.length && create.length === 0) keepPlaceholder(remove, create);
  while (remove.length > 0 && create.length > 0)
    update.push({
      slice: remove.shift() as EndpointSlice,
      content: create.shift() as SliceContent,
    });
  return { create, update, remove };
}

/** An empty slice stands for a Service without endpoints; where it stands already, it stays. */
function keepPlaceholder(remove: EndpointSlice[], create: SliceContent[]): void {
  const [only] = remove;
  if (remove.length === 1 && only !== undefined && isPlaceholder(only)) remove.pop();
  else create.push({ ports: undefined, endpoints: [] });
}

function isPlaceholder({ endpoints, ports }: EndpointSlice): boolean {
  return (endpoints?.length ?? 0) === 0 && (ports?.length ?? 0) === 0;
}

function fill(
  slices: readonly EndpointSlice[],
  endpoints: readonly Endpoint[],
  limit: number,
): readonly Draft[] {
  const wanted = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const drafts = slices.map((slice) => keepWanted(slice, wanted));
  const changed = drafts.filter((draft) => draft.changed && draft.endpoints.length > 0);
  changed.sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const draft of changed) pour(wanted, draft, limit);
  while (wanted.size > 0) {
    const draft = roomiest(drafts, wanted.size, limit) ?? newDraft(drafts);
    pour(wanted, draft, limit);
  }
  return drafts;
}

/** Keeps what is still wanted of a slice, as it is wanted now, and strikes it off the list. */
function keepWanted(slice: EndpointSlice, wanted: Map<string, Endpoint>): Draft {
  const endpoints: Endpoint[] = [];
  let changed = false;
  for (const present of slice.endpoints ?? []) {
    const id = identity(present);
    const next = wanted.get(id);
    if (next === undefined) {
      changed = true;
      continue;
    }
    wanted.delete(id);
    const same = deepEqual(present, next);
    endpoints.push(same ? present : next);
    if (!same) changed = true;
  }
  return { slice, endpoints, changed };
}

/** The fullest unchanged slice that takes all the rest. */
function roomiest(drafts: readonly Draft[], rest: number, limit: number): Draft | undefined {
  let best: Draft | undefined;
  if (rest >= limit) return undefined;
  for (const draft of drafts) {
    if (draft.changed || draft.endpoints.length + rest > limit) continue;
    if (best === undefined || draft.endpoints.length > best.endpoints.length) best = draft;
  }
  return best;
}

function newDraft(drafts: Draft[]): Draft {
  const draft: Draft = { slice: undefined, endpoints: [], changed: true };
  drafts.push(draft);
  return draft;
}

function pour(wanted: Map<string, Endpoint>, draft: Draft, limit: number): void {
  for (const [id, endpoint] of wanted) {
    if (draft.endpoints.length >= limit) return;
    draft.endpoints.push(endpoint);
    draft.changed = true;
    wanted.delete(id);
  }
}

const identities = new WeakMap<Endpoint, string>();

function identity(endpoint: Endpoint): string {
  const known = identities.get(endpoint);
  if (known !== undefined) return known;
  const id = `${endpoint.addresses[0] ?? ""}/${endpoint.targetRef?.uid ?? ""}`;
  identities.set(endpoint, id);
  return id;
}
