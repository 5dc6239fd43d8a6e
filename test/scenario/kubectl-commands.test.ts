import { describe, expect, it } from "vitest";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { InputError } from "../../sim/scenario/problem.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";

const scenario = (...lines: readonly string[]) =>
  parseScenario(
    "x.yaml",
    `apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: x}\nspec:\n  duration: 10s\n  steps:\n${lines
      .map((line, at) => `    - {at: ${at + 1}s, kubectl: ${JSON.stringify(line)}}`)
      .join("\n")}\n`,
  );

/** What stands in the store after these commands, and what failed of them. */
function play(...lines: readonly string[]) {
  const run = new ScenarioRun(scenario(...lines));
  const { violations } = run.finish();
  const get = (kind: string, key: string) => run.cluster.store.get(kind, key) as any;
  return { get, violations };
}

function refused(line: string): readonly string[] {
  try {
    scenario(line);
  } catch (error) {
    if (error instanceof InputError)
      return error.problems.map(({ message, suggestion }) => `${message} ${suggestion}`);
    throw error;
  }
  return [];
}

describe("kubectl create deployment", () => {
  it("labels and selects by the name, and names the container after the image", () => {
    const { get, violations } = play(
      "create deployment web --image=eu.gcr.io/x/shop_a:1.2 --replicas=2 --port=80",
    );
    expect(violations).toEqual([]);
    const { metadata, spec } = get("Deployment", "default/web");
    expect(metadata.labels).toEqual({ app: "web" });
    expect(spec).toMatchObject({
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            { name: "shop-a", image: "eu.gcr.io/x/shop_a:1.2", ports: [{ containerPort: 80 }] },
          ],
        },
      },
    });
  });

  it("goes where it is told, and may have several images", () => {
    const { get } = play("create ns shop", "create deployment web --image=a:1,b@sha256:0 -n shop");
    const { containers } = get("Deployment", "shop/web").spec.template.spec;
    expect(containers.map(({ name }: { name: string }) => name)).toEqual(["a", "b"]);
    expect(get("Deployment", "shop/web").spec.replicas).toBe(1);
  });

  it("needs an image, and says how it is used", () => {
    expect(refused("create deployment web")).toEqual([
      expect.stringMatching(
        /required flag\(s\) "image" not set Usage: kubectl create deployment NAME --image/,
      ),
    ]);
    expect(refused("create configmap x --from-literal=a=b")).toEqual([
      "unknown flag --from-literal of kubectl create Usage: kubectl create -f FILE",
    ]);
  });
});

describe("kubectl expose", () => {
  const made = "create deployment web --image=web:1 --port=8080";

  it.each([
    [
      "expose deployment/web --port=80 --target-port=8080",
      { port: 80, targetPort: 8080 },
      "web",
      "ClusterIP",
    ],
    [
      "expose deployment web --port=80 --target-port=http --name=front",
      { port: 80, targetPort: "http" },
      "front",
      "ClusterIP",
    ],
    ["expose deployment/web --type=NodePort", { port: 8080, targetPort: 8080 }, "web", "NodePort"],
  ])("%s", (line, port, name, type) => {
    const { get, violations } = play(made, line);
    expect(violations).toEqual([]);
    const { metadata, spec } = get("Service", `default/${name}`);
    expect(metadata.labels).toEqual({ app: "web" });
    expect(spec).toMatchObject({
      selector: { app: "web" },
      type,
      ports: [{ protocol: "TCP", ...port }],
    });
  });

  it("needs a port where none is declared", () => {
    const { violations } = play("create deployment web --image=web:1", "expose deployment/web");
    expect(violations).toEqual([
      expect.stringContaining("couldn't find port via --port flag or introspection"),
    ]);
  });
});

describe("kubectl autoscale", () => {
  const made = "create deployment web --image=web:1";

  it.each([
    ["--min=2 --max=6 --cpu=60%", 2, [["cpu", { type: "Utilization", averageUtilization: 60 }]]],
    ["--max=6 --cpu-percent=50", 1, [["cpu", { type: "Utilization", averageUtilization: 50 }]]],
    [
      "--max=6 --cpu=500 --memory=200",
      1,
      [
        ["cpu", { type: "AverageValue", averageValue: "500m" }],
        ["memory", { type: "AverageValue", averageValue: "200Mi" }],
      ],
    ],
  ])("%s", (flags, minReplicas, metrics) => {
    const { get, violations } = play(made, `autoscale deployment/web ${flags}`);
    expect(violations).toEqual([]);
    const { spec } = get("HorizontalPodAutoscaler", "default/web");
    expect(spec).toMatchObject({
      minReplicas,
      maxReplicas: 6,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    });
    expect(spec.metrics.map(({ resource }: any) => [resource.name, resource.target])).toEqual(
      metrics,
    );
  });

  it("needs a highest number, and one that is not below the least", () => {
    expect(refused("autoscale deployment/web --min=1")[0]).toMatch(
      /required flag\(s\) "max" not set/,
    );
    expect(play(made, "autoscale deployment/web --min=5 --max=2").violations[0]).toMatch(
      /larger or equal/,
    );
    expect(play(made, "autoscale deployment/web --max=two").violations[0]).toMatch(
      /expected a whole number/,
    );
  });
});

describe("a wrong value of --set", () => {
  it("is told once, not again at every place of its parameter", () => {
    const text = `apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {params: {s: {default: 3, max: 5}}, duration: "\${{ params.s }}m"}\n`;
    expect(() => parseScenario("x.yaml", text, { set: { s: "9" } })).toThrow(
      /^x\.yaml:4:17: spec\.params\.s: --set: expected at most 5, got 9\n[^\n]*\n[^\n]*$/,
    );
  });
});
