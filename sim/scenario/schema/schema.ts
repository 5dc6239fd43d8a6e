/** A JSON Schema (draft 7) as plain data. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A JSON Schema that carries the TypeScript type of what it accepts: one source for types, checks and docs. */
export interface Schema<T> {
  readonly json: JsonSchema;
  /** Never set; holds the type. */
  readonly type?: T;
}

/** The type that a schema accepts. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

/** A property that may be missing. */
export interface OptionalSchema<T> extends Schema<T> {
  readonly optional: true;
}

type Shape = Readonly<Record<string, Schema<unknown>>>;
type OptionalKeys<S extends Shape> = {
  [K in keyof S]: S[K] extends OptionalSchema<unknown> ? K : never;
}[keyof S];
type ObjectType<S extends Shape> = {
  readonly [K in Exclude<keyof S, OptionalKeys<S>>]: Infer<S[K]>;
} & { readonly [K in OptionalKeys<S>]?: Infer<S[K]> };

/** Adds what a reader should know: a description, an example. */
export function described<S extends Schema<unknown>>(
  schema: S,
  description: string,
  ...examples: unknown[]
): S {
  const more = examples.length > 0 ? { examples } : {};
  return { ...schema, json: { ...schema.json, description, ...more } };
}

/** A property that may be missing. */
export function optional<T>(schema: Schema<T>): OptionalSchema<T> {
  return { ...schema, optional: true };
}

/** Any text. */
export function text(): Schema<string> {
  return { json: { type: "string" } };
}

/** A text that a pattern accepts; `expected` names in messages what the pattern stands for. */
export function pattern(regex: string, expected: string): Schema<string> {
  return { json: { type: "string", pattern: regex, "x-expected": expected } };
}

export function integer(bounds: { minimum?: number; maximum?: number } = {}): Schema<number> {
  return { json: { type: "integer", ...bounds } };
}

export function number(bounds: { minimum?: number; maximum?: number } = {}): Schema<number> {
  return { json: { type: "number", ...bounds } };
}

export function bool(): Schema<boolean> {
  return { json: { type: "boolean" } };
}

/** Anything at all. */
export function anything(): Schema<unknown> {
  return { json: {} };
}

/** An object of any shape, like a Kubernetes manifest. */
export function anyObject(): Schema<Readonly<Record<string, unknown>>> {
  return { json: { type: "object" } };
}

/** One of some fixed texts. */
export function oneOf<const T extends readonly string[]>(...values: T): Schema<T[number]> {
  return { json: { enum: values } };
}

export function list<T>(item: Schema<T>): Schema<readonly T[]> {
  return { json: { type: "array", items: item.json } };
}

/** An object with free keys and values of one kind. */
export function mapOf<T>(value: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return { json: { type: "object", additionalProperties: value.json } };
}

/** Any of some alternatives. `expected` names them in messages. */
export function anyOf<T extends readonly Schema<unknown>[]>(
  expected: string,
  ...alternatives: T
): Schema<Infer<T[number]>> {
  return { json: { anyOf: alternatives.map(({ json }) => json), "x-expected": expected } };
}

/** One of some objects, told apart by the fixed text that each has under `tag`. */
export function tagged<T extends readonly Schema<unknown>[]>(
  tag: string,
  ...alternatives: T
): Schema<Infer<T[number]>> {
  return {
    json: {
      type: "object",
      discriminator: { propertyName: tag },
      required: [tag],
      oneOf: alternatives.map(({ json }) => json),
    },
  };
}

/** An object with these properties and no others. */
export function object<S extends Shape>(shape: S): Schema<ObjectType<S>> {
  const required = Object.keys(shape).filter((name) => !("optional" in (shape[name] ?? {})));
  return {
    json: {
      type: "object",
      properties: Object.fromEntries(Object.entries(shape).map(([name, { json }]) => [name, json])),
      ...(required.length > 0 ? { required } : {}),
      additionalProperties: false,
    },
  };
}

/** An object with some known properties and any others. */
export function openObject<S extends Shape>(
  shape: S,
): Schema<ObjectType<S> & Readonly<Record<string, unknown>>> {
  const closed = object(shape).json;
  return { json: { ...closed, additionalProperties: true } };
}
