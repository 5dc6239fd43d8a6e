/** What may be held back from being deleted: an object, or a manifest of one. */
interface Held {
  readonly metadata: { readonly finalizers?: readonly string[] };
}

/** Whether a finalizer holds an object back. */
export function hasFinalizer({ metadata }: Held, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

/** The object held back by a finalizer, too; the same object where it was. */
export function withFinalizer<T extends Held>(object: T, finalizer: string): T {
  if (hasFinalizer(object, finalizer)) return object;
  const finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

/** The object without a finalizer, and without the field when that was the last. */
export function withoutFinalizer<T extends Held>(object: T, finalizer: string): T {
  const { finalizers = [], ...metadata } = object.metadata;
  const kept = finalizers.filter((other) => other !== finalizer);
  return { ...object, metadata: kept.length === 0 ? metadata : { ...metadata, finalizers: kept } };
}
