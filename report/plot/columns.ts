/** Rows taken apart: one list a property, all of one length. Plots work on indexes into them. */
export type Columns<T> = { readonly [K in keyof T]: readonly T[K][] };

/** The columns of rows. */
export function columnsOf<T extends object>(
  rows: readonly T[],
  names: readonly (keyof T)[],
): Columns<T> {
  return Object.fromEntries(
    names.map((name) => [name, rows.map((row) => row[name])]),
  ) as unknown as Columns<T>;
}

/** Indexes by the value that a column has there, in the order in which the values come. */
export function indexBy<V>(column: readonly V[]): ReadonlyMap<V, readonly number[]> {
  const found = new Map<V, number[]>();
  column.forEach((value, at) => {
    const known = found.get(value);
    if (known === undefined) found.set(value, [at]);
    else known.push(at);
  });
  return found;
}
