import { noSuchResource } from "../api-error.ts";
import type { KindDescriptor } from "./descriptor.ts";

/** The kinds a cluster serves: the built-in ones and what CustomResourceDefinitions add while it runs. */
export class KindRegistry {
  readonly #builtIn: ReadonlyMap<string, KindDescriptor>;
  readonly #custom = new Map<string, KindDescriptor>();

  constructor(builtIn: readonly KindDescriptor[]) {
    this.#builtIn = new Map(builtIn.map((descriptor) => [descriptor.kind, descriptor]));
  }

  /** Name of a kind in the store: `Deployment`, or `Cron.example.com` for a custom resource. */
  nameOf(descriptor: KindDescriptor): string {
    return this.#builtIn.get(descriptor.kind) === descriptor
      ? descriptor.kind
      : `${descriptor.kind}.${descriptor.group}`;
  }

  /** Descriptor of a kind. Throws `ApiError` 404 when nothing serves it. */
  get(name: string): KindDescriptor {
    const descriptor = this.find(name);
    if (descriptor === undefined) throw noSuchResource();
    return descriptor;
  }

  find(name: string): KindDescriptor | undefined {
    return this.#builtIn.get(name) ?? this.#custom.get(name);
  }

  /** Descriptor that serves a group, version and plural, in its stored or another served version. */
  byResource(group: string, version: string, plural: string): KindDescriptor | undefined {
    for (const descriptor of this.all()) {
      if (descriptor.plural === plural && serves(descriptor, group, version)) return descriptor;
    }
    return undefined;
  }

  /** Descriptor that serves a group, version and kind, in its stored or another served version. */
  byKind(group: string, version: string, kind: string): KindDescriptor | undefined {
    const named = this.#builtIn.get(kind);
    if (named !== undefined && serves(named, group, version)) return named;
    const custom = this.#custom.get(`${kind}.${group}`);
    return custom !== undefined && serves(custom, group, version) ? custom : undefined;
  }

  /** A kind of a group, in whatever version. */
  byGroupKind(group: string, kind: string): KindDescriptor | undefined {
    const named = this.#builtIn.get(kind);
    if (named?.group === group || named?.otherVersions.some((other) => other.group === group))
      return named;
    return this.#custom.get(`${kind}.${group}`);
  }

  /** Every kind: built-in first, then custom ones in the order they were added. */
  *all(): IterableIterator<KindDescriptor> {
    yield* this.#builtIn.values();
    yield* this.#custom.values();
  }

  /** Serves a custom kind from now on, or serves it differently. */
  add(descriptor: KindDescriptor): void {
    this.#custom.set(`${descriptor.kind}.${descriptor.group}`, descriptor);
  }

  /** Stops serving a custom kind. */
  remove(name: string): void {
    this.#custom.delete(name);
  }

  /** Custom kinds; descriptors are immutable, so a checkpoint shares them. */
  save(): unknown {
    return [...this.#custom];
  }

  load(state: unknown): void {
    this.#custom.clear();
    for (const [name, descriptor] of state as [string, KindDescriptor][])
      this.#custom.set(name, descriptor);
  }
}

function serves(descriptor: KindDescriptor, group: string, version: string): boolean {
  return (
    (descriptor.group === group && descriptor.version === version) ||
    descriptor.otherVersions.some((other) => other.group === group && other.version === version)
  );
}
