import { ApiServer } from "../sim/api/api-server.ts";
import { Informers } from "../sim/api/informer.ts";
import { KindRegistry } from "../sim/api/kinds/kind-registry.ts";
import { kindDescriptors } from "../sim/api/kinds/registry.ts";
import { keyOf, withFields } from "../sim/api/object.ts";
import { Store } from "../sim/api/store.ts";
import type { Pod, PodSpec, PodStatus } from "../sim/api/types.gen.ts";
import { Engine } from "../sim/engine/engine.ts";
import { assertWork, perSecond, report, rssMiB, timed } from "./report.ts";

const PODS = 100_000;
const WRITES = 300_000;
const WATCHERS = 3;

const template: PodSpec = {
  containers: [
    {
      name: "main",
      image: "registry.example/shop/web:1.4.2",
      ports: [{ containerPort: 8080, protocol: "TCP" }],
      env: Array.from({ length: 10 }, (_, at) => ({
        name: `VARIABLE_${at}`,
        value: `value-${at}`,
      })),
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
      readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 10 },
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
      imagePullPolicy: "IfNotPresent",
    },
  ],
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  serviceAccountName: "default",
  schedulerName: "default-scheduler",
  securityContext: {},
};

/** 100,000 pods of one template with their indexes; status writes through the API server with informers following. */
export function run(): void {
  const engine = new Engine("bench", "digest");
  const store = new Store(engine, 0);
  const api = new ApiServer(engine, store, new KindRegistry(kindDescriptors), []);
  engine.register({ name: "api", handle: () => {}, save: () => undefined, load: () => undefined });
  const followers = Array.from({ length: WATCHERS }, (_, at) => {
    const informers = new Informers(`watcher-${at}`, engine, store, 0);
    const follower = { informers, seen: 0 };
    informers.on("Pod", () => {
      follower.seen++;
    });
    return follower;
  });
  // One component asks by owner and the store is asked by node: these indexes are kept from here on.
  const owned = () => followers[0]?.informers.cache("Pod").countIndexed("owner", "rs-0") ?? 0;
  const placed = () => store.objects("Pod").countIndexed("node", "node-0");
  assertWork("pods filed", owned() + placed(), 0);
  const { seconds: creating, cpuSeconds: cpuCreating } = timed(() => {
    for (let at = 0; at < PODS; at++) {
      store.commit("Pod", "ADDED", undefined, pod(at, store.nextRevision()));
      if (at % 1000 === 0) engine.runUntil(engine.now + 1);
    }
    engine.runUntil(engine.now + 1);
  });
  assertWork("pods", store.objects("Pod").size, PODS);
  assertWork("pods of one owner", owned(), PODS / 1000);
  assertWork("pods of one node", placed(), PODS / 5000);
  report({
    bench: "store",
    case: "create",
    pods: PODS,
    watchers: WATCHERS,
    writesPerSecond: perSecond(PODS, creating),
    writesPerCpuSecond: perSecond(PODS, cpuCreating),
    rssMiB: rssMiB(),
  });
  const revision = store.revision;
  const { seconds, cpuSeconds } = timed(() => {
    for (let at = 0; at < WRITES; at++) {
      const name = `web-${(at * 7919) % PODS}`;
      api.writeStatus<Pod>("Pod", `default/${name}`, status(at + 1));
      if (at % 1000 === 0) engine.runUntil(engine.now + 1);
    }
    engine.runUntil(engine.now + 1);
  });
  assertWork("writes", store.revision - revision, WRITES);
  for (const { informers, seen } of followers) {
    assertWork("changes delivered", seen, PODS + WRITES);
    assertWork("objects cached", informers.cache("Pod").size, PODS);
  }
  report({
    bench: "store",
    case: "status",
    pods: PODS,
    watchers: WATCHERS,
    writesPerSecond: perSecond(WRITES, seconds),
    writesPerCpuSecond: perSecond(WRITES, cpuSeconds),
    rssMiB: rssMiB(),
  });
}

function pod(at: number, revision: number): Pod {
  const made: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `web-${at}`,
      namespace: "default",
      uid: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
      resourceVersion: String(revision),
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { app: `app-${at % 100}`, "pod-template-hash": "5448c9c486" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: `rs-${at % 1000}`,
          uid: `rs-${at % 1000}`,
          controller: true,
        },
      ],
    },
    spec: withFields(template, { nodeName: `node-${at % 5000}` }),
    status: status(0),
  };
  if (keyOf(made) !== `default/web-${at}`) throw new Error("unreachable");
  return made;
}

function status(at: number): PodStatus {
  const time = "2026-01-01T00:00:01Z";
  return {
    phase: "Running",
    conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: time,
    })),
    hostIP: "10.0.0.1",
    podIP: `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`,
    startTime: time,
    containerStatuses: [
      {
        name: "main",
        image: "registry.example/shop/web:1.4.2",
        imageID: "sha256:0123",
        ready: true,
        restartCount: at % 7,
        started: true,
        state: { running: { startedAt: time } },
      },
    ],
  };
}
