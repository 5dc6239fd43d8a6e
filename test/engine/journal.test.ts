import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Journal } from "../../sim/engine/journal.ts";

const content = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 2 }));
const additions = fc.array(fc.tuple(fc.constantFrom("Pod", "Node"), content), { maxLength: 12 });

function write(journal: Journal, added: readonly (readonly [string, unknown])[]): void {
  for (const [collection, object] of added) {
    journal.appendChange(collection, "key", 1, undefined, object);
  }
}

function digestOf(added: readonly (readonly [string, unknown])[]): string {
  const journal = new Journal("digest");
  write(journal, added);
  return journal.digest();
}

describe("the digest of additions", () => {
  test("is that of their content, whatever they share with each other", () => {
    fc.assert(
      fc.property(additions, (added) => {
        expect(digestOf(structuredClone(added))).toBe(digestOf(added));
        const twice = added.flatMap((one) => [one, one]);
        expect(digestOf(twice.map((one) => structuredClone(one)))).toBe(digestOf(twice));
      }),
    );
  });

  test("tells any other content, order and collection", () => {
    fc.assert(
      fc.property(additions, additions, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        if (!same && sortedText(one) !== sortedText(other)) {
          expect(digestOf(one)).not.toBe(digestOf(other));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("goes on from a checkpoint as if there had been none, in another process too", () => {
    fc.assert(
      fc.property(additions, additions, (past, future) => {
        const straight = new Journal("digest");
        write(straight, past);
        const saved = JSON.parse(JSON.stringify(straight.save()));
        const restored = new Journal("digest");
        write(restored, future);
        restored.load(saved);
        write(straight, future);
        write(restored, future);
        expect(restored.digest()).toBe(straight.digest());
      }),
    );
  });

  test("is the same whether an entry comes by itself or as a body", () => {
    const [one, other] = [new Journal("digest"), new Journal("digest")];
    const change = { collection: "Pod", key: "a", revision: 1, before: undefined, after: { a: 1 } };
    one.append({ kind: "change", ...change });
    other.appendChange("Pod", "a", 1, undefined, { a: 1 });
    expect(one.digest()).toBe(other.digest());
  });
});

describe("observations", () => {
  test("however many leave numbers, causes and the digest alone", () => {
    const [watched, plain] = [new Journal("digest"), new Journal("digest")];
    for (const journal of [watched, plain])
      for (let round = 0; round < 3; round++) journal.cause = journal.appendEvent({ type: "go" });
    for (let round = 0; round < 1_100_000; round++)
      watched.cause = watched.append({ kind: "flow", subject: "web", id: 1, flow: round });
    for (const journal of [watched, plain]) journal.appendEvent({ type: "go" });
    expect(watched.seq).toBe(plain.seq);
    expect(watched.digest()).toBe(plain.digest());
  });

  test("lie between the entries around them, each behind the one before", () => {
    const journal = new Journal();
    const say = () => journal.append({ kind: "step", step: "said" });
    const seqs = [say(), journal.appendEvent({ type: "go" }), say(), say()];
    seqs.push(journal.appendEvent({ type: "go" }), say());
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(seqs.map(Math.floor)).toEqual([0, 1, 1, 1, 2, 2]);
  });
});

/** Text of a value with the keys of its objects in order: the order they were written in is no content of a change. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
