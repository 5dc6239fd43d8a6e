import {
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  V1MicroTime,
  Watch,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../server/main.ts";
import { createCluster } from "../../sim/cluster.ts";

const namespace = "default";

async function eventually(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let wait = 0; wait < 400; wait++) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  expect(await what()).toBe(true);
}

/** A candidate for leadership as client-go has it: a Lease, taken when it is free or its holder has gone silent. */
class Candidate {
  leads = 0;
  readonly #api: CoordinationV1Api;
  readonly #name: string;
  #seen: { text: string; at: number } | undefined;

  constructor(api: CoordinationV1Api, name: string) {
    this.#api = api;
    this.#name = name;
  }

  /** Tries once to take or keep the lease; `silenceMs` is how long a holder may be silent. */
  async tryOnce(silenceMs: number): Promise<boolean> {
    const lease = await this.#read();
    const spec = { holderIdentity: this.#name, leaseDurationSeconds: 15 };
    const renewTime = new V1MicroTime();
    if (lease === undefined) {
      const body = { metadata: { name: "leader", namespace }, spec: { ...spec, renewTime } };
      return this.#wins(() => this.#api.createNamespacedLease({ namespace, body }));
    }
    const text = `${lease.spec?.holderIdentity} ${String(lease.spec?.renewTime)}`;
    if (this.#seen?.text !== text) this.#seen = { text, at: Date.now() };
    const mine = lease.spec?.holderIdentity === this.#name;
    if (!mine && Date.now() - this.#seen.at < silenceMs) return false;
    const body = { ...lease, spec: { ...lease.spec, ...spec, renewTime } };
    return this.#wins(() => this.#api.replaceNamespacedLease({ namespace, name: "leader", body }));
  }

  async #read() {
    try {
      return await this.#api.readNamespacedLease({ namespace, name: "leader" });
    } catch (error) {
      if ((error as { code?: number }).code === 404) return undefined;
      throw error;
    }
  }

  async #wins(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      this.leads++;
      return true;
    } catch (error) {
      if ((error as { code?: number }).code === 409) return false;
      throw error;
    }
  }
}

describe("@kubernetes/client-node against the simulated API server", () => {
  let server: RunningServer;
  let config: KubeConfig;
  beforeAll(async () => {
    const cluster = createCluster({ seed: "node", detail: "digest", nodes: [{ count: 2 }] });
    server = await serve({ cluster, pace: "20x" });
    config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
  });
  afterAll(() => server.close());

  const configMap = (name: string, data: Record<string, string>) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data,
  });

  it("keeps an informer's cache, and lists anew after 410", async () => {
    const core = config.makeApiClient(CoreV1Api);
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    let lists = 0;
    const informer = makeInformer(config, path, () => {
      lists++;
      return core.listNamespacedConfigMap({ namespace });
    });
    const errors: unknown[] = [];
    informer.on("error", (error) => {
      errors.push(error);
      setTimeout(() => void informer.start(), 50);
    });
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: configMap("one", { a: "1" }) });
    await eventually(() => informer.get("one", namespace)?.data?.["a"] === "1");
    // All watches break, and what they missed is compacted away.
    server.session.hub.close();
    await core.replaceNamespacedConfigMap({
      name: "one",
      namespace,
      body: configMap("one", { a: "2" }),
    });
    server.session.cluster.store.compact();
    await eventually(() => informer.get("one", namespace)?.data?.["a"] === "2");
    expect(lists).toBeGreaterThanOrEqual(1);
    await core.deleteNamespacedConfigMap({ name: "one", namespace });
    await eventually(() => informer.get("one", namespace) === undefined);
    await informer.stop();
  }, 30_000);

  it("watches pods through their lives", async () => {
    const seen: string[] = [];
    const watch = new Watch(config);
    const stop = await watch.watch(
      `/api/v1/namespaces/${namespace}/pods`,
      { labelSelector: "app=seen" },
      (type: string, object: KubernetesObject) => {
        seen.push(`${type} ${object.metadata?.name}`);
      },
      () => {},
    );
    const core = config.makeApiClient(CoreV1Api);
    const body = {
      metadata: { name: "seen", labels: { app: "seen" } },
      spec: { containers: [{ name: "main", image: "app:1" }] },
    };
    await core.createNamespacedPod({ namespace, body });
    await eventually(async () => {
      const pod = await core.readNamespacedPod({ name: "seen", namespace });
      return pod.status?.phase === "Running";
    });
    await core.deleteNamespacedPod({ name: "seen", namespace, gracePeriodSeconds: 1 });
    await eventually(() => seen.includes("DELETED seen"));
    expect(seen[0]).toBe("ADDED seen");
    expect(seen).toContain("MODIFIED seen");
    stop.abort();
  }, 30_000);

  it("applies on the server, and hears of conflicts", async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: "applied" };
    const body = (replicas: number) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "applied", namespace },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "main", image: "app:1" }] },
        },
      },
    });
    const apply = (replicas: number, fieldManager: string, force = false) =>
      apps.patchNamespacedDeployment(
        { name: "applied", namespace, body: body(replicas), fieldManager, force },
        setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
      );
    const created = await apply(1, "one");
    expect(created.metadata?.managedFields?.[0]).toMatchObject({
      manager: "one",
      operation: "Apply",
    });
    await expect(apply(2, "two")).rejects.toMatchObject({ code: 409 });
    expect((await apply(2, "two", true)).spec?.replicas).toBe(2);
  }, 30_000);

  it("elects one leader of two, and another when it goes silent", async () => {
    const one = new Candidate(config.makeApiClient(CoordinationV1Api), "one");
    const two = new Candidate(config.makeApiClient(CoordinationV1Api), "two");
    const first = await Promise.all([one.tryOnce(300), two.tryOnce(300)]);
    expect(first.filter(Boolean).length).toBe(1);
    const [leader, other] = first[0] === true ? [one, two] : [two, one];
    for (let round = 0; round < 5; round++) {
      expect(await leader.tryOnce(300)).toBe(true);
      expect(await other.tryOnce(300)).toBe(false);
    }
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await other.tryOnce(300)).toBe(true);
    expect(await leader.tryOnce(300)).toBe(false);
  }, 30_000);
});
