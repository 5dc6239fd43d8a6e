/** Gives objects of a run the recording's names: by kind, owner and order of creation. */
export class Names {
  readonly #names = new Map<string, string>();
  readonly #raw = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #hashes = new Map<string, string>();

  /** Name of an object, drawn when it is first seen. */
  of(kind: string, object: any): string {
    const { uid, name } = object.metadata;
    const known = this.#names.get(uid);
    if (known !== undefined) return known;
    const given = this.#draw(kind, object);
    this.#names.set(uid, given);
    this.#raw.set(given, name);
    return given;
  }

  /** The run's own name of an object that the recording names. */
  rawOf(name: string): string | undefined {
    return this.#raw.get(name);
  }

  /** Replaces raw names, hashes and uids in a text. */
  inText(text: string): string {
    let result = text;
    const pairs = [...this.#raw].filter(([given, raw]) => given !== raw);
    pairs.sort((a, b) => b[1].length - a[1].length);
    for (const [given, raw] of pairs)
      if (result.includes(raw)) result = result.replaceAll(raw, given);
    return result;
  }

  hash(prefix: string, owner: string, hash: string): string {
    const key = `${prefix}/${owner}/${hash}`;
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    const given = `${prefix}${this.#next(`${prefix}/${owner}`)}`;
    this.#hashes.set(key, given);
    return given;
  }

  #next(counter: string): number {
    const next = (this.#counts.get(counter) ?? 0) + 1;
    this.#counts.set(counter, next);
    return next;
  }

  #draw(kind: string, { metadata }: any): string {
    const owner = metadata.ownerReferences?.find((reference: any) => reference.controller);
    const parent = owner === undefined ? undefined : (this.#names.get(owner.uid) ?? owner.name);
    if (kind === "ReplicaSet" && owner?.kind === "Deployment")
      return `${parent}-rs${this.#next(`rs/${parent}`)}`;
    if (kind === "ControllerRevision") return `${parent}-cr${this.#next(`cr/${parent}`)}`;
    if (kind === "EndpointSlice" && owner?.kind === "Service")
      return `${parent}-s${this.#next(`s/${parent}`)}`;
    if (kind === "Job" && owner?.kind === "CronJob")
      return `${parent}-j${this.#next(`j/${parent}`)}`;
    if (kind !== "Pod" || owner === undefined || owner.kind === "StatefulSet") return metadata.name;
    const index = metadata.annotations?.["batch.kubernetes.io/job-completion-index"];
    const base = owner.kind === "Job" && index !== undefined ? `${parent}-${index}` : parent;
    return `${base}-p${this.#next(`p/${base}`)}`;
  }
}
