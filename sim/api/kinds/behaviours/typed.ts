import type { Micros } from "../../../engine/time.ts";
import type { KubeObject } from "../../object.ts";
import type { FieldError } from "../../validation/field-error.ts";
import type { KindBehaviour, ValidationContext } from "../descriptor.ts";

/** A kind's rules in terms of its own type. */
export interface TypedBehaviour<T> {
  readonly defaults?: (object: T, now?: Micros) => T;
  readonly prepareCreate?: (object: T) => T;
  readonly readBack?: (object: T) => T;
  readonly prepareUpdate?: (next: T, before: T) => T;
  readonly prepareStatusUpdate?: (next: T, before: T, now: Micros) => T;
  readonly generationOf?: (object: T) => unknown;
  readonly validateCreate?: (object: T, context: ValidationContext) => readonly FieldError[];
  readonly validateUpdate?: (
    next: T,
    before: T,
    context: ValidationContext,
  ) => readonly FieldError[];
  readonly validateStatusUpdate?: (
    next: T,
    before: T,
    context: ValidationContext,
  ) => readonly FieldError[];
  readonly metaOnUpdate?: readonly ("create" | "update")[];
  readonly warnings?: (object: T, before?: T) => readonly string[];
  /** What names may look like; a DNS subdomain when absent. */
  readonly nameRule?: (name: string) => readonly string[];
}

/** Rules of one kind as the registry holds them: the registry only ever passes objects of that kind. */
export function rulesFor<T extends KubeObject>(rules: TypedBehaviour<T>): KindBehaviour {
  return rules as unknown as KindBehaviour;
}

/** Strategies that check a changed object as if it were new and then as changed say everything twice. */
export function twice(errors: readonly FieldError[]): readonly FieldError[] {
  return errors.length === 0 ? errors : [...errors, ...errors];
}
