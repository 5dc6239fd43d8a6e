import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { healthChecks, healthText } from "../../../sim/api/discovery/health.ts";

const question = {
  endpoint: "readyz",
  check: "",
  verbose: false,
  exclude: [],
  rbac: false,
} as const;

describe("health endpoints", () => {
  it("say ok, whole and check by check", () => {
    expect(healthText(question)).toBe("ok");
    expect(healthText({ ...question, check: "ping" })).toBe("ok");
    expect(healthText({ ...question, check: "etcd" })).toBeUndefined();
    expect(healthText({ ...question, endpoint: "livez", check: "etcd" })).toBe("ok");
  });

  it("leave out what they are told to", () => {
    const text = healthText({ ...question, verbose: true, exclude: ["log", "nope"] });
    expect(text).toContain("[+]log excluded: ok\n");
    expect(text).toContain('warn: some health checks cannot be excluded: no matches for "nope"\n');
    expect(text?.endsWith("readyz check passed\n")).toBe(true);
  });

  it("check roles only where they are enforced", () => {
    expect(healthChecks("livez", true)).toContain("poststarthook/rbac/bootstrap-roles");
    expect(healthChecks("livez", false)).not.toContain("poststarthook/rbac/bootstrap-roles");
  });

  it("list the recorded checks in their order (reads ../shared when it is there)", () => {
    const file = "../shared/golden/api/discovery.json.gz";
    if (!existsSync(file)) {
      console.log("no ../shared: the recorded health checks are not compared");
      return;
    }
    const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as {
      readonly readyz: string;
      readonly livez: string;
      readonly root: { readonly paths: readonly string[] };
    };
    for (const endpoint of ["readyz", "livez"] as const) {
      expect(healthText({ ...question, endpoint, verbose: true })).toBe(recorded[endpoint]);
      const below = `/${endpoint}/`;
      const paths = recorded.root.paths.filter((path) => path.startsWith(below));
      expect(
        healthChecks(endpoint, false)
          .map((name) => `${below}${name}`)
          .sort(),
      ).toEqual(paths);
    }
  });
});
