import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApiError } from "../../../sim/api/api-error.ts";
import { decodeFields, encodeFields } from "../../../sim/api/patch/field-set.ts";
import { builtInSchema } from "../../../sim/api/patch/merge-schema.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { apply, configMap, configMapSchema } from "./apply-builders.ts";

const data = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2"), {
  minKeys: 1,
  maxKeys: 4,
});
const who = fc.constantFrom("x", "y", "z");

describe("laws of server-side apply", () => {
  it("applying twice is applying once", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(who, data), { minLength: 1, maxLength: 6 }), (steps) => {
        let live: any;
        for (const [manager, wish] of steps) {
          live = apply(live, configMap(wish), manager, true);
          expect(apply(live, configMap(wish), manager, false, configMapSchema, SECOND)).toBe(live);
          expect({ ...live.data }).toMatchObject(wish);
        }
      }),
    );
  });

  it("applying nothing after applying something takes back what nobody else has", () => {
    fc.assert(
      fc.property(data, data, (mine, theirs) => {
        const base = apply(undefined, configMap(theirs), "y");
        const both = apply(base, configMap(mine), "x", true);
        const back = apply(both, configMap(undefined), "x");
        const kept = Object.fromEntries(
          Object.entries(both.data ?? {}).filter(
            ([key]) => theirs[key] !== undefined && theirs[key] === both.data[key],
          ),
        );
        expect(back.data ?? {}).toEqual(kept);
      }),
    );
  });

  it("fields read from FieldsV1 are written as they were", () => {
    const tree = fc.letrec((tie) => ({
      node: fc.dictionary(
        fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', 'v:"s"', "."),
        fc.oneof({ depthSize: "small" }, fc.constant({}), tie("node")),
        { maxKeys: 3 },
      ),
    })).node as fc.Arbitrary<Record<string, any>>;
    fc.assert(
      fc.property(tree, (json) => {
        const set = decodeFields(json);
        const again = set === undefined ? undefined : decodeFields(encodeFields(set));
        expect(again).toEqual(set);
      }),
    );
  });
});

const env = fc.uniqueArray(
  fc.record({ name: fc.constantFrom("A", "B", "C"), value: fc.constantFrom("1", "2") }),
  { selector: (one) => one.name, maxLength: 3 },
);
const port = fc.uniqueArray(
  fc.record({ containerPort: fc.constantFrom(80, 81), name: fc.constantFrom("x", "y") }),
  { selector: (one) => one.containerPort, maxLength: 2 },
);
const container = fc.record(
  {
    name: fc.constantFrom("a", "b", "c"),
    image: fc.constantFrom("i:1", "i:2"),
    args: fc.array(fc.constantFrom("p", "q"), { minLength: 1, maxLength: 2 }),
    env,
    ports: port,
  },
  { requiredKeys: ["name"] },
);
const podWish = fc.record(
  {
    labels: fc.dictionary(fc.constantFrom("l", "m.n/o"), fc.constantFrom("1", "2"), {
      minKeys: 1,
      maxKeys: 2,
    }),
    finalizers: fc.uniqueArray(fc.constantFrom("f/a", "f/b"), { minLength: 1 }),
    containers: fc.uniqueArray(container, {
      selector: (one) => one.name,
      minLength: 1,
      maxLength: 3,
    }),
    nodeSelector: fc.dictionary(fc.constantFrom("s", "t"), fc.constantFrom("1", "2"), {
      minKeys: 1,
    }),
  },
  { requiredKeys: ["containers"] },
);
function podOf({ labels, finalizers, containers, nodeSelector }: any): any {
  const metadata = JSON.parse(JSON.stringify({ name: "p", labels, finalizers }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: JSON.parse(JSON.stringify({ containers, nodeSelector })),
  };
}
/** Without empty lists, which decoding drops. */
function compact(value: any): any {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([, member]) => !(Array.isArray(member) && member.length === 0),
  );
  return Object.fromEntries(kept.map(([key, member]) => [key, compact(member)]));
}

describe("laws of server-side apply over lists and atomic parts", () => {
  const schema = builtInSchema("core.v1.Pod");
  const body = ({ metadata: { managedFields: _, ...metadata }, ...rest }: any): any =>
    compact({ ...rest, metadata });

  it("an only manager's second configuration leads where it alone would lead", () => {
    fc.assert(
      fc.property(podWish, podWish, (one, other) => {
        const [first, second] = [compact(podOf(one)), compact(podOf(other))];
        const changed = apply(
          apply(undefined, first, "x", false, schema),
          second,
          "x",
          false,
          schema,
        );
        const fresh = apply(undefined, second, "x", false, schema);
        expect(body(changed)).toEqual(body(fresh));
        expect(changed.metadata.managedFields).toEqual(fresh.metadata.managedFields);
      }),
      { numRuns: 300 },
    );
  });

  it("what another manager applied by force holds until it lets go, whoever else applies", () => {
    fc.assert(
      fc.property(podWish, podWish, podWish, (one, other, third) => {
        const [a, b, c] = [compact(podOf(one)), compact(podOf(other)), compact(podOf(third))];
        const both = apply(apply(undefined, a, "x", false, schema), b, "y", true, schema);
        let next: any;
        try {
          next = apply(both, c, "x", false, schema);
        } catch (error) {
          expect((error as ApiError).code).toBe(409);
          return;
        }
        const again = apply(next, b, "y", false, schema);
        expect(body(again)).toEqual(body(next));
      }),
      { numRuns: 300 },
    );
  });
});
