import type { Actor, Engine } from "../engine/engine.ts";
import { MILLISECOND, type Micros } from "../engine/time.ts";
import { DEFINITION_FINALIZER } from "./deletion.ts";
import { customDescriptor } from "./kinds/custom/descriptor.ts";
import type { KindRegistry } from "./kinds/kind-registry.ts";
import { timestamp } from "./meta/time.ts";
import { type Key, type KubeObject, keyOf } from "./object.ts";
import type { Store } from "./store.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from "./types.gen.ts";

interface KeeperEvent {
  readonly type: "definition";
  readonly key: Key;
}

/** What the API server's own controllers may use of it. */
interface Served {
  readonly now: Micros;
  readonly store: Store;
  readonly kinds: KindRegistry;
  writeStatus<T extends KubeObject>(kind: string, key: Key, status: NonNullable<T["status"]>): T;
  replace<T extends KubeObject>(kind: string, object: T): T;
  delete(kind: string, key: Key): unknown;
}

const KIND = "CustomResourceDefinition";
/** How long the API server's own controllers take to notice a definition. */
const DELAY: Micros = 5 * MILLISECOND;

/**
 * The API server's controllers of CustomResourceDefinitions: accept the names, serve the kind, and on deletion remove
 * its objects before the definition goes.
 */
export class DefinitionKeeper implements Actor<KeeperEvent> {
  readonly name = "api/definitions";
  readonly #engine: Engine;
  readonly #api: Served;

  constructor(engine: Engine, api: Served) {
    this.#engine = engine;
    this.#api = api;
    engine.register(this);
    api.store.onCommit((change) => {
      if (change.kind === KIND) {
        if (change.type === "DELETED") this.#api.kinds.remove(kindOf(change.after));
        else this.#later(change.key);
      } else if (change.type === "DELETED" && this.#isCustom(change.kind)) {
        const definition = this.#definitionOf(change.kind);
        if (definition?.metadata.deletionTimestamp !== undefined) this.#later(keyOf(definition));
      }
    });
  }

  handle({ key }: KeeperEvent): void {
    const definition = this.#api.store.get(KIND, key) as CustomResourceDefinition | undefined;
    if (definition === undefined) return;
    if (definition.metadata.deletionTimestamp === undefined) this.#serve(definition);
    else this.#clear(definition);
  }

  save(): unknown {
    return {};
  }

  load(): void {}

  #later(key: Key): void {
    this.#engine.after(DELAY, this.name, { type: "definition", key });
  }

  #isCustom(kind: string): boolean {
    return kind.includes(".");
  }

  #definitionOf(kind: string): CustomResourceDefinition | undefined {
    for (const object of this.#api.store.objects(KIND).values())
      if (kindOf(object) === kind) return object as CustomResourceDefinition;
    return undefined;
  }

  #serve(definition: CustomResourceDefinition): void {
    this.#api.kinds.add(customDescriptor(definition));
    const { names } = definition.spec;
    const present = definition.status?.conditions ?? [];
    const accepted = this.#condition(present, "NamesAccepted", "NoConflicts", "no conflicts found");
    const established = this.#condition(
      present,
      "Established",
      "InitialNamesAccepted",
      "the initial names have been accepted",
    );
    const others = present.filter(({ type }) => type !== "NamesAccepted" && type !== "Established");
    if (accepted === undefined && established === undefined) return;
    const kept = (type: string) => present.filter((condition) => condition.type === type);
    this.#api.writeStatus<CustomResourceDefinition>(KIND, keyOf(definition), {
      ...definition.status,
      acceptedNames: names,
      conditions: [
        ...(accepted === undefined ? kept("NamesAccepted") : [accepted]),
        ...(established === undefined ? kept("Established") : [established]),
        ...others,
      ],
    });
  }

  /** The condition as True, or undefined when it is that already. */
  #condition(
    present: readonly CustomResourceDefinitionCondition[],
    type: string,
    reason: string,
    message: string,
  ): CustomResourceDefinitionCondition | undefined {
    if (present.some((one) => one.type === type && one.status === "True")) return undefined;
    return { type, status: "True", lastTransitionTime: timestamp(this.#api.now), reason, message };
  }

  /** Deletes the objects of a definition that is going, and lets it go when none is left. */
  #clear(definition: CustomResourceDefinition): void {
    const { finalizers = [] } = definition.metadata;
    if (!finalizers.includes(DEFINITION_FINALIZER)) return;
    const kind = kindOf(definition);
    for (const object of [...this.#api.store.objects(kind).values()]) {
      if (object.metadata.deletionTimestamp === undefined) this.#api.delete(kind, keyOf(object));
    }
    if (this.#api.store.objects(kind).size > 0) return;
    const { finalizers: _, ...metadata } = definition.metadata;
    const left = finalizers.filter((one) => one !== DEFINITION_FINALIZER);
    this.#api.replace<CustomResourceDefinition>(KIND, {
      ...definition,
      metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left },
    });
  }
}

/** Name in the store of the kind that a definition adds. */
export function kindOf(definition: unknown): string {
  const { names, group } = (definition as CustomResourceDefinition).spec;
  return `${names.kind}.${group}`;
}
