import { expect, test } from "vitest";
import type { Manifest } from "../../sim/api/object.ts";
import type { Pod } from "../../sim/api/types.gen.ts";
import { type Cluster, createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { clusterDump } from "../../sim/experiment/importers/cluster-dump.ts";

const nodes = [{ name: "n-{i}", count: 2, capacity: { cpu: "4", memory: "8Gi" } }];
const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

function template(app: string, restartPolicy = "Always") {
  return {
    metadata: { labels: { app } },
    spec: { restartPolicy, containers: [{ name: "main", image: "x:1" }] },
  };
}

function workload(kind: string, apiVersion: string, name: string, spec: object): Manifest {
  return { apiVersion, kind, metadata: { name, namespace: "default" }, spec } as Manifest;
}

const owned = (app: string) => ({ selector: { matchLabels: { app } }, template: template(app) });
const objects: readonly Manifest[] = [
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name: "standard",
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
    provisioner: "example.com/disk",
  } as Manifest,
  workload("Deployment", "apps/v1", "web", { ...owned("web"), replicas: 2 }),
  workload("DaemonSet", "apps/v1", "agent", owned("agent")),
  workload("StatefulSet", "apps/v1", "db", {
    ...owned("db"),
    serviceName: "db",
    replicas: 2,
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }],
  }),
  workload("Job", "batch/v1", "once", { template: template("once", "Never") }),
  workload("Service", "v1", "web", {
    type: "NodePort",
    selector: { app: "web" },
    ports: [{ port: 80 }],
  }),
  workload("PersistentVolumeClaim", "v1", "disk", claim),
  workload("Pod", "v1", "bare", {
    ...template("bare").spec,
    volumes: [{ name: "disk", persistentVolumeClaim: { claimName: "disk" } }],
  }),
];

function apply(cluster: Cluster, manifests: readonly Manifest[]): void {
  cluster.runUntil(2 * SECOND);
  for (const manifest of manifests) {
    cluster.engine.as("test", 0, () => cluster.api.create(manifest.kind, manifest));
    cluster.runUntil(cluster.now + SECOND);
  }
  cluster.runUntil(cluster.now + 60 * SECOND);
}

/** How many pods of each application run, and claims are bound. */
function outcome({ store }: Cluster): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  for (const object of store.objects("Pod").values()) {
    const { metadata, status } = object as Pod;
    count(`${status?.phase} ${metadata.labels?.["app"] ?? metadata.name}`);
  }
  for (const { status } of store.objects("PersistentVolumeClaim").values())
    count(`${(status as { phase?: string }).phase} claims`);
  return counts;
}

test.each([[[]], [["PersistentVolume"]]] as const)(
  "a cluster's dump, without %j, brings up what ran in it",
  (missing: readonly string[]) => {
    const first = createCluster({ seed: "1", nodes });
    apply(first, objects);
    const items = [...first.store.kinds()]
      .filter((kind) => !missing.includes(kind))
      .flatMap((kind) => [...first.store.objects(kind).values()]);
    const bytes = new TextEncoder().encode(JSON.stringify({ kind: "List", items }));
    const { workload: dumped } = clusterDump.read([{ name: "dump.json", bytes }]);
    const second = createCluster({ seed: "2", nodes });
    apply(
      second,
      dumped.events.flatMap((event) => ("apply" in event ? [event.apply] : [])),
    );
    expect(outcome(second)).toEqual(outcome(first));
    expect(outcome(second)).toMatchObject({ "Running once": 1, "Bound claims": 3 });
  },
);
