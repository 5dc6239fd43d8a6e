import { describe, expect, it } from "vitest";
import { imageScore, normalizedImageName } from "../../../sim/scheduler/plugins/image-locality.ts";
import { scores } from "../ask.ts";
import { node, pod } from "../builders.ts";

const MIB = 1024 * 1024;

describe("ImageLocality", () => {
  it.each([
    ["nginx", "nginx:latest"],
    ["nginx:1.27", "nginx:1.27"],
    ["host:5000/nginx", "host:5000/nginx:latest"],
    ["nginx@sha256:abc", "nginx@sha256:abc"],
  ])("reads %s as %s", (name, normalized) => {
    expect(normalizedImageName(name)).toBe(normalized);
  });

  it.each([
    ["nothing", 0, 1, 0],
    ["23 MiB, the least that counts", 23 * MIB, 1, 0],
    ["half of the way to 1000 MiB", 511.5 * MIB, 1, 50],
    ["1000 MiB", 1000 * MIB, 1, 100],
    ["more", 5000 * MIB, 1, 100],
    ["1000 MiB for two containers", 1000 * MIB, 2, 49],
  ])("%s scores", (_, bytes, containers, score) => {
    expect(imageScore(bytes, containers)).toBe(score);
  });

  it("discounts an image by the share of nodes that have it, and is not normalized", () => {
    const images = { app: 1000 * MIB };
    const all = [node("a", { images }), node("b", { images })];
    const half = [node("a", { images }), node("b")];
    expect(scores("ImageLocality", pod("p"), { nodes: all })).toEqual({
      a: [100, 100],
      b: [100, 100],
    });
    expect(scores("ImageLocality", pod("p"), { nodes: half })).toEqual({ a: [48, 48], b: [0, 0] });
  });
});
