import { describe, expect, it } from "vitest";
import type { Affinity, Pod, PodAffinityTerm } from "../../../sim/api/types.gen.ts";
import { scores, verdicts } from "../ask.ts";
import { node, pod } from "../builders.ts";

const NAME = "InterPodAffinity";
const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";
const nodes = ["a1", "a2", "b1"].map((name) =>
  node(name, { labels: { [HOST]: name, [ZONE]: name.slice(0, 1) } }),
);
const term = (app: string, topologyKey = ZONE, more: object = {}): PodAffinityTerm => ({
  labelSelector: { matchLabels: { app } },
  topologyKey,
  ...more,
});
const near = (...terms: PodAffinityTerm[]): Affinity => ({
  podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
});
const away = (...terms: PodAffinityTerm[]): Affinity => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
});
const prefers = (weight: number, podAffinityTerm: PodAffinityTerm): Affinity => ({
  podAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }],
  },
});
const app = (name: string, affinity?: Affinity, at?: string, namespace = "default"): Pod =>
  pod(name, {
    labels: { app: name },
    namespace,
    ...(affinity === undefined ? {} : { spec: { affinity } }),
    ...(at === undefined
      ? {}
      : { spec: { nodeName: at, ...(affinity === undefined ? {} : { affinity }) } }),
  });
const fits = (pending: Pod, ...pods: Pod[]) => {
  const verdict = verdicts(NAME, pending, { nodes, pods });
  return Object.keys(verdict)
    .filter((name) => verdict[name] === "fits")
    .join(" ");
};

describe("InterPodAffinity as a filter", () => {
  it.each<[string, Affinity, string]>([
    ["near db in the zone", near(term("db")), "a1 a2"],
    ["near db on the host", near(term("db", HOST)), "a1"],
    ["away from db in the zone", away(term("db")), "b1"],
    ["away from db on the host", away(term("db", HOST)), "a2 b1"],
    ["near db, which is in another namespace", near(term("db", ZONE, { namespaces: ["far"] })), ""],
    ["near db in any namespace", near(term("db", ZONE, { namespaceSelector: {} })), "a1 a2"],
  ])("a pod that must be %s, with db on a1", (_, affinity, where) => {
    expect(fits(app("web", affinity), app("db", undefined, "a1"))).toBe(where);
  });

  it("lets the first pod of a group that wants its own kind go anywhere", () => {
    expect(fits(app("web", near(term("web"))))).toBe("a1 a2 b1");
    expect(fits(app("web", near(term("db"))))).toBe("");
  });

  it("respects the anti-affinity of the pods already there", () => {
    const shy = app("db", away(term("web")), "a1");
    expect(fits(app("web"), shy)).toBe("b1");
  });

  it("says which of the three rules refused", () => {
    const say = (pending: Pod, ...pods: Pod[]) => verdicts(NAME, pending, { nodes, pods })["a1"];
    const db = app("db", undefined, "a1");
    expect(say(app("web", near(term("x"))))).toBe("node(s) didn't match pod affinity rules");
    expect(say(app("web", away(term("db"))), db)).toBe(
      "node(s) didn't match pod anti-affinity rules",
    );
    expect(say(app("web"), app("db", away(term("web")), "a1"))).toBe(
      "node(s) didn't satisfy existing pods anti-affinity rules",
    );
  });
});

describe("InterPodAffinity as a score", () => {
  it("adds the weight for every matching pod in the domain and spans 0 to 100", () => {
    const pods = [
      app("db", undefined, "a1"),
      { ...app("db", undefined, "b1"), metadata: { ...app("db").metadata, uid: "2" } },
    ];
    const more = { ...pods[0]!, metadata: { ...pods[0]!.metadata, uid: "3" } };
    expect(
      scores(NAME, app("web", prefers(10, term("db"))), { nodes, pods: [...pods, more] }),
    ).toEqual({
      a1: [20, 100],
      a2: [20, 100],
      b1: [10, 0],
    });
  });

  it("counts what the pods already there prefer, and their required affinity with weight 1", () => {
    const pods = [
      app("db", prefers(5, term("web", HOST)), "a1"),
      app("cache", near(term("web")), "b1"),
    ];
    expect(scores(NAME, app("web"), { nodes, pods })).toEqual({
      a1: [5, 100],
      a2: [0, 0],
      b1: [1, 20],
    });
  });

  it("leaves those out when its arguments say so", () => {
    const pods = [app("db", prefers(5, term("web", HOST)), "a1")];
    const args = { hardPodAffinityWeight: 0, ignorePreferredTermsOfExistingPods: true };
    expect(scores(NAME, app("web"), { nodes, pods, args })).toEqual({});
    // Only for pods that prefer nothing themselves: otherwise all that is preferred counts.
    const choosy = app("web", prefers(2, term("cache", HOST)));
    const cache = app("cache", undefined, "b1");
    expect(scores(NAME, choosy, { nodes, pods: [...pods, cache], args })).toEqual({
      a1: [5, 100],
      a2: [0, 0],
      b1: [2, 40],
    });
  });
});
