import { type Micros, SECOND } from "../../engine/time.ts";
import { SchedulerError } from "./error.ts";

/** A plugin named in a profile, with its score weight. */
export interface PluginRef {
  readonly name: string;
  readonly weight?: number;
}

/** Plugins switched on and off at one extension point. */
export interface PluginSet {
  readonly enabled?: readonly PluginRef[];
  readonly disabled?: readonly PluginRef[];
}

/** Extension points as the configuration spells them. */
const POINTS = [
  "preEnqueue",
  "queueSort",
  "preFilter",
  "filter",
  "postFilter",
  "preScore",
  "score",
  "reserve",
  "permit",
  "preBind",
  "bind",
  "postBind",
] as const;

/** An extension point. */
export type Point = (typeof POINTS)[number];

/** Share of nodes scored: all of them, upstream's adaptive rule, or a percentage. */
export type NodesToScore = "all" | "adaptive" | number;

/** A profile of a KubeSchedulerConfiguration. */
export interface ProfileConfig {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore: NodesToScore;
  readonly plugins: Readonly<Partial<Record<Point | "multiPoint", PluginSet>>>;
  readonly args: ReadonlyMap<string, unknown>;
}

/** Name of the scheduler when a pod or a profile names none. */
export const DEFAULT_SCHEDULER = "default-scheduler";

/** The plugins of the default profile of v1.36 in their order, with their score weights. */
const DEFAULT_PLUGINS: readonly PluginRef[] = [
  { name: "SchedulingGates" },
  { name: "PrioritySort" },
  { name: "NodeUnschedulable" },
  { name: "NodeName" },
  { name: "TaintToleration", weight: 3 },
  { name: "NodeAffinity", weight: 2 },
  { name: "NodePorts" },
  { name: "NodeResourcesFit", weight: 1 },
  { name: "VolumeRestrictions" },
  { name: "NodeVolumeLimits" },
  { name: "VolumeBinding" },
  { name: "VolumeZone" },
  { name: "PodTopologySpread", weight: 2 },
  { name: "InterPodAffinity", weight: 2 },
  { name: "DynamicResources", weight: 2 },
  { name: "NodeDeclaredFeatures" },
  { name: "DefaultPreemption" },
  { name: "NodeResourcesBalancedAllocation", weight: 1 },
  { name: "ImageLocality", weight: 1 },
  { name: "DefaultBinder" },
];

/** The default profile. */
export const DEFAULT_PROFILE: ProfileConfig = {
  schedulerName: DEFAULT_SCHEDULER,
  percentageOfNodesToScore: "all",
  plugins: { multiPoint: { enabled: DEFAULT_PLUGINS } },
  args: new Map(),
};

/** How long a pod backs off: after its first failed attempt, and at most; each further attempt doubles it. */
export interface Backoff {
  readonly first: Micros;
  readonly longest: Micros;
}

/** kube-scheduler's defaults. */
export const DEFAULT_BACKOFF: Backoff = { first: SECOND, longest: 10 * SECOND };

type Fields = Readonly<Record<string, unknown>>;

function problem(file: string | undefined, path: string, expected: string, got: unknown): never {
  throw new SchedulerError(
    `${path}: expected ${expected}, got ${JSON.stringify(got) ?? "nothing"}`,
    file === undefined ? {} : { file },
  );
}

/** Reader of one configuration file; every complaint names file and field. */
class ConfigReader {
  private readonly file: string | undefined;

  constructor(file: string | undefined) {
    this.file = file;
  }

  fields(value: unknown, path: string, allowed: readonly string[]): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return problem(this.file, path, "an object", value);
    for (const key of Object.keys(value))
      if (!allowed.includes(key))
        problem(this.file, `${path}.${key}`, `one of ${allowed.join(", ")}`, key);
    return value as Fields;
  }

  list(value: unknown, path: string): readonly unknown[] {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : problem(this.file, path, "a list", value);
  }

  text(value: unknown, path: string): string {
    return typeof value === "string" && value !== ""
      ? value
      : problem(this.file, path, "a name", value);
  }

  ref(value: unknown, path: string): PluginRef {
    const { name, weight } = this.fields(value, path, ["name", "weight"]);
    const known = this.text(name, `${path}.name`);
    if (weight === undefined || weight === 0) return { name: known };
    if (typeof weight !== "number" || !Number.isInteger(weight) || weight < 0)
      return problem(this.file, `${path}.weight`, "a whole number", weight);
    return { name: known, weight };
  }

  set(value: unknown, path: string): PluginSet {
    const { enabled, disabled } = this.fields(value, path, ["enabled", "disabled"]);
    const refs = (list: unknown, at: string) =>
      this.list(list, `${path}.${at}`).map((each, index) =>
        this.ref(each, `${path}.${at}[${index}]`),
      );
    return { enabled: refs(enabled, "enabled"), disabled: refs(disabled, "disabled") };
  }

  seconds(value: unknown, path: string, fallback: Micros): Micros {
    if (value === undefined || value === null) return fallback;
    return typeof value === "number" && Number.isInteger(value) && value > 0
      ? value * SECOND
      : problem(this.file, path, "a whole number of seconds above 0", value);
  }

  nodesToScore(value: unknown, path: string): NodesToScore | undefined {
    if (value === undefined || value === null) return undefined;
    if (value === "all" || value === "adaptive") return value;
    if (value === 0) return "adaptive";
    if (typeof value === "number" && Number.isInteger(value) && value > 0)
      return value >= 100 ? "all" : value;
    return problem(this.file, path, "all, adaptive or a percentage", value);
  }

  profile(value: unknown, path: string, nodesToScore: NodesToScore): ProfileConfig {
    const fields = this.fields(value, path, [
      "schedulerName",
      "percentageOfNodesToScore",
      "plugins",
      "pluginConfig",
    ]);
    const plugins: Partial<Record<Point | "multiPoint", PluginSet>> = {};
    const given = this.fields(fields["plugins"] ?? {}, `${path}.plugins`, [
      ...POINTS,
      "multiPoint",
    ]);
    for (const point of [...POINTS, "multiPoint"] as const)
      if (given[point] !== undefined)
        plugins[point] = this.set(given[point], `${path}.plugins.${point}`);
    const args = new Map<string, unknown>();
    this.list(fields["pluginConfig"], `${path}.pluginConfig`).forEach((each, index) => {
      const at = `${path}.pluginConfig[${index}]`;
      const entry = this.fields(each, at, ["name", "args"]);
      args.set(this.text(entry["name"], `${at}.name`), entry["args"]);
    });
    const own = this.nodesToScore(
      fields["percentageOfNodesToScore"],
      `${path}.percentageOfNodesToScore`,
    );
    return {
      schedulerName:
        fields["schedulerName"] === undefined
          ? DEFAULT_SCHEDULER
          : this.text(fields["schedulerName"], `${path}.schedulerName`),
      percentageOfNodesToScore: own ?? nodesToScore,
      plugins: { ...plugins, multiPoint: withDefaults(plugins.multiPoint) },
      args,
    };
  }
}

/** The default plugins with a profile's changes: same names keep their place, new ones come last. */
function withDefaults(set: PluginSet | undefined): PluginSet {
  const enabled = new Map((set?.enabled ?? []).map((ref) => [ref.name, ref]));
  const disabled = new Set((set?.disabled ?? []).map(({ name }) => name));
  const result: PluginRef[] = [];
  for (const ref of disabled.has("*") ? [] : DEFAULT_PLUGINS) {
    const own = enabled.get(ref.name);
    if (disabled.has(ref.name)) continue;
    result.push(own === undefined ? ref : own);
    enabled.delete(ref.name);
  }
  return { enabled: [...result, ...enabled.values()] };
}

const TOP_FIELDS = [
  "apiVersion",
  "kind",
  "profiles",
  "percentageOfNodesToScore",
  "parallelism",
  "leaderElection",
  "clientConnection",
  "podInitialBackoffSeconds",
  "podMaxBackoffSeconds",
  "enableProfiling",
  "enableContentionProfiling",
  "extenders",
  "delayCacheUntilActive",
  "healthzBindAddress",
  "metricsBindAddress",
];

/**
 * Reads a KubeSchedulerConfiguration (v1), or one bare profile. Throws `SchedulerError` naming `file` and field.
 * `percentageOfNodesToScore` defaults to all here; 0 and `adaptive` mean upstream's rule.
 */
export function readProfiles(value: unknown, file?: string): readonly ProfileConfig[] {
  const reader = new ConfigReader(file);
  if (typeof value !== "object" || value === null)
    return problem(file, "configuration", "an object", value);
  const isWhole = "profiles" in value || "kind" in value || "apiVersion" in value;
  if (!isWhole) return [reader.profile(value, "profile", "all")];
  const fields = reader.fields(value, "configuration", TOP_FIELDS);
  if (reader.list(fields["extenders"], "extenders").length > 0)
    problem(file, "extenders", "none, because nothing outside is asked", fields["extenders"]);
  if (fields["kind"] !== undefined && fields["kind"] !== "KubeSchedulerConfiguration")
    return problem(file, "kind", "KubeSchedulerConfiguration", fields["kind"]);
  const nodesToScore =
    reader.nodesToScore(fields["percentageOfNodesToScore"], "percentageOfNodesToScore") ?? "all";
  const profiles = reader.list(fields["profiles"], "profiles");
  if (profiles.length === 0)
    return [{ ...DEFAULT_PROFILE, percentageOfNodesToScore: nodesToScore }];
  const read = profiles.map((each, at) => reader.profile(each, `profiles[${at}]`, nodesToScore));
  read.forEach(({ schedulerName }, at) => {
    if (read.findIndex((other) => other.schedulerName === schedulerName) !== at)
      problem(file, `profiles[${at}].schedulerName`, "a name of its own", schedulerName);
  });
  return read;
}

/** Reads the back-offs of a KubeSchedulerConfiguration; a bare profile says nothing of them. */
export function readBackoff(value: unknown, file?: string): Backoff {
  const reader = new ConfigReader(file);
  const { podInitialBackoffSeconds, podMaxBackoffSeconds } = (value ?? {}) as Fields;
  const { first: initial, longest: most } = DEFAULT_BACKOFF;
  const first = reader.seconds(podInitialBackoffSeconds, "podInitialBackoffSeconds", initial);
  const longest = reader.seconds(podMaxBackoffSeconds, "podMaxBackoffSeconds", most);
  if (longest >= first) return { first, longest };
  return problem(
    file,
    "podMaxBackoffSeconds",
    "no less than podInitialBackoffSeconds",
    podMaxBackoffSeconds,
  );
}
