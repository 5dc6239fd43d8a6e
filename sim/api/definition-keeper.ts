import type { Actor, Engine } from "../engine/engine.ts";
import { MILLISECOND, type Micros } from "../engine/time.ts";
import {
  acceptNames,
  asAccepted,
  hasItsNames,
  isEstablished,
  type Naming,
} from "./definition-naming.ts";
import { DEFINITION_FINALIZER } from "./deletion.ts";
import { customDescriptor } from "./kinds/custom/descriptor.ts";
import type { KindRegistry } from "./kinds/kind-registry.ts";
import { deepEqual } from "./meta/equal.ts";
import { hasFinalizer, withoutFinalizer } from "./meta/finalizers.ts";
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
        if (change.type === "DELETED") this.#gone(change.after as CustomResourceDefinition);
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

  #gone(definition: CustomResourceDefinition): void {
    if (isEstablished(definition)) this.#api.kinds.remove(kindOf(definition));
    this.#reconsider(definition);
  }

  #isCustom(kind: string): boolean {
    return kind.includes(".");
  }

  #definitionOf(kind: string): CustomResourceDefinition | undefined {
    const all = [...this.#api.store.objects(KIND).values()] as CustomResourceDefinition[];
    return all.find((one) => kindOf(one) === kind && isEstablished(one));
  }

  #serve(definition: CustomResourceDefinition): void {
    const named = this.#name(definition);
    if (isEstablished(named)) this.#api.kinds.add(customDescriptor(asAccepted(named)));
    if (named === definition) return;
    const key = keyOf(definition);
    this.#api.writeStatus<CustomResourceDefinition>(KIND, key, named.status ?? {});
    this.#reconsider(definition);
  }

  /** The definition with the names it can have; itself when nothing changes. */
  #name(definition: CustomResourceDefinition): CustomResourceDefinition {
    if (hasItsNames(definition) && isEstablished(definition)) return definition;
    const naming = acceptNames(definition, this.#groupOf(definition));
    const { condition, acceptedNames } = naming;
    const allowed = condition.status === "True";
    const present = definition.status?.conditions ?? [];
    const accepted = this.#condition(present, { type: "NamesAccepted", ...condition });
    const established = isEstablished(definition)
      ? present.filter(({ type }) => type === "Established")
      : [this.#condition(present, allowed ? nextOf(present) : NOT_ACCEPTED)];
    const others = present.filter(({ type }) => type !== "NamesAccepted" && type !== "Established");
    const conditions = [accepted, ...established, ...others];
    const status = { ...definition.status, acceptedNames, conditions };
    return deepEqual(status, definition.status) ? definition : { ...definition, status };
  }

  /** A condition since when it has its status. */
  #condition(
    present: readonly CustomResourceDefinitionCondition[],
    { type, status, reason, message }: { readonly type: string } & Naming["condition"],
  ): CustomResourceDefinitionCondition {
    const before = present.find((one) => one.type === type);
    const lastTransitionTime =
      before?.status === status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : timestamp(this.#api.now);
    return { type, status, lastTransitionTime, reason, message };
  }

  #groupOf({ spec }: CustomResourceDefinition): readonly CustomResourceDefinition[] {
    const all = [...this.#api.store.objects(KIND).values()] as CustomResourceDefinition[];
    return all.filter((one) => one.spec.group === spec.group);
  }

  /** Names may have become free: those of the group that lack some ask again. */
  #reconsider(definition: CustomResourceDefinition): void {
    const key = keyOf(definition);
    for (const other of this.#groupOf(definition))
      if (keyOf(other) !== key && !hasItsNames(other)) this.#later(keyOf(other));
  }

  /** Deletes the objects of a kind; whether none is left. */
  #emptied(kind: string): boolean {
    for (const object of [...this.#api.store.objects(kind).values()]) {
      if (object.metadata.deletionTimestamp === undefined) this.#api.delete(kind, keyOf(object));
    }
    return this.#api.store.objects(kind).size === 0;
  }

  /** Says of a definition that something holds its objects back. */
  #tellOfDeletion(definition: CustomResourceDefinition): void {
    const present = definition.status?.conditions ?? [];
    const conditions = [
      ...present.filter(({ type }) => type !== IN_PROGRESS.type),
      this.#condition(present, IN_PROGRESS),
    ];
    if (deepEqual(conditions, present)) return;
    const status = { ...definition.status, conditions };
    this.#api.writeStatus<CustomResourceDefinition>(KIND, keyOf(definition), status);
  }

  /** Deletes the objects of a definition that is going, and lets it go when none is left. */
  #clear(definition: CustomResourceDefinition): void {
    if (!hasFinalizer(definition, DEFINITION_FINALIZER)) return;
    // Who never had its names has no objects: those of the kind are another definition's.
    if (isEstablished(definition) && !this.#emptied(kindOf(definition))) {
      this.#tellOfDeletion(definition);
      return;
    }
    this.#api.replace(KIND, withoutFinalizer(definition, DEFINITION_FINALIZER));
  }
}

/** A kind is served a step after its names were accepted. */
const INSTALLING = {
  type: "Established",
  status: "False",
  reason: "Installing",
  message: "the initial names have been accepted",
} as const;
const ESTABLISHED = {
  type: "Established",
  status: "True",
  reason: "InitialNamesAccepted",
  message: "the initial names have been accepted",
} as const;
const NOT_ACCEPTED = {
  type: "Established",
  status: "False",
  reason: "NotAccepted",
  message: "not all names are accepted",
} as const;

const IN_PROGRESS = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
} as const;

/** What follows on the conditions of a definition whose names are accepted: upstream's naming, then its establishing controller. */
function nextOf(
  present: readonly CustomResourceDefinitionCondition[],
): typeof INSTALLING | typeof ESTABLISHED {
  const installing = present.some(({ reason }) => reason === INSTALLING.reason);
  return installing ? ESTABLISHED : INSTALLING;
}

/** Name in the store of the kind that a definition adds. */
export function kindOf(definition: unknown): string {
  const { names, group } = (definition as CustomResourceDefinition).spec;
  return `${names.kind}.${group}`;
}
