import type { StorageClass } from "../../api/types.gen.ts";
import type { Cluster, ClusterConfig } from "../../cluster.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { ApiAccess } from "../kubectl/api-access.ts";
import type { LoadedManifest } from "../manifest.ts";
import { titleOf } from "../manifest.ts";
import type { Scenario, Step } from "../model.ts";
import type { RunResult } from "../run/run-result.ts";
import { viewOf } from "../run/scenario-actor.ts";
import { type RunOptions, ScenarioRun } from "../run/scenario-run.ts";
import { apply } from "../verbs/apply.ts";
import { healthOf } from "./health.ts";
import type { Health } from "./health-rule.ts";

/** What became of one object of the manifests. */
export interface ObjectResult extends Health {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: string | null;
  readonly name: string;
  /** `file:line` where it stands. */
  readonly source: string;
}

/** A run's result, with what became of each object. */
export interface ManifestResult extends RunResult {
  readonly objects: readonly ObjectResult[];
}

/** How long nothing must change for the run to be over. */
const QUIET: Micros = 60 * SECOND;
/** Definitions need a moment before their objects can be made. */
const AFTER_DEFINITIONS: Micros = 2 * SECOND;

/** Kinds that others need, in the order in which they are applied; all others follow in the order of the files. */
const FIRST = [
  "Namespace",
  "CustomResourceDefinition",
  "PriorityClass",
  "StorageClass",
  "PersistentVolume",
  "ResourceQuota",
  "LimitRange",
  "ServiceAccount",
  "Secret",
  "ConfigMap",
];

/** Applies plain manifests at 0 s and runs until nothing changes, at most until a time. */
export function runManifests(
  manifests: readonly LoadedManifest[],
  cluster: Omit<ClusterConfig, "seed" | "detail">,
  options: RunOptions & { readonly until: Micros },
): ManifestResult {
  const scenario = scenarioOf(manifests, cluster, options.until);
  const refused = new Map<string, string>();
  const run = new ScenarioRun(scenario, {
    ...options,
    observer: (entry) => {
      if (entry.kind === "step") {
        const step = entry.step as { id: string; what: string; text: string };
        if (step.what === "error") refused.set(step.id, step.text);
      }
      options.observer?.(entry);
    },
  });
  provideStorage(run.cluster, manifests);
  run.cluster.settle(options.until, QUIET);
  const view = viewOf(run.cluster);
  const api = new ApiAccess(run.cluster.api);
  const objects = manifests.map((loaded, at): ObjectResult => {
    const { apiVersion, kind, metadata } = loaded.object;
    const { line } = loaded.document.locate(loaded.path);
    return {
      kind,
      apiVersion,
      namespace: namespaceOf(loaded, api),
      name: metadata.name ?? metadata.generateName ?? "",
      source: `${loaded.document.source.name}:${line}`,
      ...outcome(loaded, refused.get(stepId(at)), api, view),
    };
  });
  return { ...run.result(), violations: [], objects };
}

/** Where an object stands: the default namespace when it names none, none for what belongs to the cluster. */
function namespaceOf({ object }: LoadedManifest, api: ApiAccess): string | null {
  const served = api.find(object.apiVersion, object.kind);
  if (served === undefined) return object.metadata.namespace ?? null;
  const key = api.key(served, object.metadata.name ?? "x", object.metadata.namespace);
  return key.includes("/") ? key.slice(0, key.indexOf("/")) : null;
}

/** Marks the class that claims without a class get. */
const IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";

/** Clusters that people try manifests on come with a default StorageClass; so does this one, unless the manifests bring their own. */
function provideStorage(cluster: Cluster, manifests: readonly LoadedManifest[]): void {
  const own = manifests.some(
    ({ object }) =>
      object.kind === "StorageClass" && object.metadata.annotations?.[IS_DEFAULT] === "true",
  );
  if (own || cluster.store.get("StorageClass", "standard") !== undefined) return;
  cluster.engine.as("cluster", 0, () => {
    cluster.api.create<StorageClass>("StorageClass", {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "standard", annotations: { [IS_DEFAULT]: "true" } },
      provisioner: "ksim.dev/simulated",
      volumeBindingMode: "WaitForFirstConsumer",
    });
  });
}

function outcome(
  { object }: LoadedManifest,
  refusal: string | undefined,
  api: ApiAccess,
  view: ReturnType<typeof viewOf>,
): Health {
  const served = api.find(object.apiVersion, object.kind);
  if (served === undefined)
    return {
      state: "kept",
      why: `kept as it is: nothing here serves ${object.kind} of ${object.apiVersion}`,
    };
  if (refusal !== undefined) return { state: "refused", why: refusal };
  const key = api.key(served, object.metadata.name ?? "", object.metadata.namespace);
  const stored = api.get(served.kind, key);
  if (stored === undefined)
    return object.metadata.name === undefined
      ? { state: "fine", why: "created" }
      : { state: "gone", why: "was created and is gone" };
  return healthOf(stored, view);
}

function stepId(at: number): string {
  return `apply-${at + 1}`;
}

function scenarioOf(
  manifests: readonly LoadedManifest[],
  cluster: Omit<ClusterConfig, "seed" | "detail">,
  until: Micros,
): Scenario {
  const rank = ({ object }: LoadedManifest): number => {
    const at = FIRST.indexOf(object.kind);
    return at < 0 ? FIRST.length : at;
  };
  const order = manifests
    .map((loaded, at) => ({ loaded, at }))
    .sort((a, b) => rank(a.loaded) - rank(b.loaded) || a.at - b.at);
  const defined = new Set(
    manifests
      .filter(({ object }) => object.kind === "CustomResourceDefinition")
      .map(({ object }) => String((object.spec as { group?: unknown } | undefined)?.group)),
  );
  return {
    name: "manifests",
    title: "Plain manifests",
    description: undefined,
    labels: {},
    seed: "1",
    duration: until,
    params: {},
    cluster,
    steps: order.map(({ loaded, at }) => applyStep(loaded, at, defined)),
    expectations: [],
    measures: [],
    files: new Map(),
  };
}

function applyStep(loaded: LoadedManifest, at: number, defined: ReadonlySet<string>): Step {
  const group = loaded.object.apiVersion.split("/")[0] ?? "";
  return {
    id: stepId(at),
    named: false,
    timing: { kind: "at", time: defined.has(group) ? AFTER_DEFINITIONS : 0 },
    repeat: undefined,
    when: undefined,
    action: {
      verb: apply,
      prepared: { manifests: [loaded], from: "" },
      summary: `apply ${titleOf(loaded.object)}`,
    },
    say: undefined,
    quiz: undefined,
    checkpoint: undefined,
    mayFail: true,
  };
}
