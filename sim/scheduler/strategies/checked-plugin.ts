import type { ClusterEvent, HintedEvent } from "../framework/cluster-event.ts";
import { SchedulerError } from "../framework/error.ts";
import type { Plugin, PluginContext, PluginFactory } from "../framework/plugin.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Extension points that are functions. */
const FUNCTIONS = [
  "version",
  "preEnqueue",
  "queueSort",
  "preFilter",
  "postFilter",
  "reserve",
  "unreserve",
  "permit",
  "preBind",
  "bind",
  "postBind",
] as const;
const DEPENDS = ["node", "node-pods", "cluster"];

type Call = (...args: readonly unknown[]) => unknown;

function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "number") return String(value);
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch {
    return "an object that contains itself";
  }
}

/** A plugin of a user's module: what it throws names the file, and what it answers is looked at. */
class Checked {
  private readonly plugin: Fields;
  private readonly name: string;
  private readonly file: string;

  constructor(plugin: Fields, name: string, file: string) {
    this.plugin = plugin;
    this.name = name;
    this.file = file;
  }

  build(): Plugin {
    const parts: Record<string, unknown> = { name: this.name };
    for (const point of FUNCTIONS) {
      const given = this.plugin[point];
      if (given === undefined) continue;
      if (typeof given !== "function") this.wrong(point, "a function", given);
      parts[point] = this.answering(point, given as Call);
    }
    if (this.plugin["wakesOn"] !== undefined) parts["wakesOn"] = this.events();
    for (const fixed of ["queueMoves", "state"])
      if (this.plugin[fixed] !== undefined) parts[fixed] = this.plugin[fixed];
    if (this.plugin["filter"] !== undefined) parts["filter"] = this.point("filter");
    if (this.plugin["score"] !== undefined) parts["score"] = this.point("score");
    return parts as unknown as Plugin;
  }

  /** `wakesOn`: `[{resource, actions, hint?}]`. */
  private events(): readonly (ClusterEvent | HintedEvent)[] {
    const given = this.plugin["wakesOn"];
    if (!Array.isArray(given)) return this.wrong("wakesOn", "a list of events", given);
    return given.map((event: unknown, at) => {
      const { resource, actions, hint } = (event ?? {}) as Fields;
      if (typeof resource !== "string" || !Array.isArray(actions))
        return this.wrong(`wakesOn[${at}]`, "{resource, actions: [...]}", event);
      const named = { resource, actions } as ClusterEvent;
      if (hint === undefined) return named;
      if (typeof hint !== "function") return this.wrong(`wakesOn[${at}].hint`, "a function", hint);
      const ask = hint as Call;
      return { ...named, hint: (...args) => this.run(() => ask(...args)) === true };
    });
  }

  /** `filter` and `score`: `{dependsOn, filter | score}`, or a plain function of (pod, node index, snapshot). */
  private point(kind: "filter" | "score"): unknown {
    const given = this.plugin[kind];
    if (typeof given !== "object" || given === null)
      return this.wrong(kind, `{dependsOn, ${kind}(pod, snapshot)}`, given);
    const { dependsOn, normalize } = given as Fields;
    if (!DEPENDS.includes(dependsOn as string))
      this.wrong(`${kind}.dependsOn`, DEPENDS.join(", "), dependsOn);
    const prepare = (given as Fields)[kind];
    if (typeof prepare !== "function") this.wrong(`${kind}.${kind}`, "a function", prepare);
    return {
      dependsOn,
      ...(typeof normalize === "function" ? { normalize } : {}),
      [kind]: (...args: readonly unknown[]) => {
        const answer = this.run(() => (prepare as Call).apply(given, [...args]));
        if (typeof answer !== "function") return this.prepared(kind, answer);
        return kind === "filter"
          ? (node: number) =>
              this.refusal(
                kind,
                this.run(() => (answer as Call)(node)),
              )
          : (node: number) => this.whole(this.run(() => (answer as Call)(node)));
      },
    };
  }

  private prepared(kind: "filter" | "score", answer: unknown): unknown {
    if (kind === "score" && answer === "skip") return answer;
    const domain = answer as Fields | undefined;
    if (typeof domain?.["domain"] === "function" && typeof domain[kind] === "function")
      return answer;
    return this.wrong(kind, "a function of the node", answer);
  }

  private answering(point: string, given: Call): Call {
    return (...args) => {
      const answer = this.run(() => given.apply(this.plugin, [...args]));
      if (point === "preEnqueue" || point === "reserve" || point === "preBind")
        return this.refusal(point, answer);
      if (point === "queueSort" || point === "version") return this.whole(answer, point);
      if (point === "preFilter" && typeof answer === "object" && answer !== null)
        if ("reject" in answer) this.refusal(point, answer.reject);
      return answer;
    };
  }

  private refusal(point: string, answer: unknown): unknown {
    if (answer === undefined) return undefined;
    const { code, reasons } = (answer ?? {}) as Fields;
    const fine =
      typeof code === "string" &&
      Array.isArray(reasons) &&
      reasons.every((reason) => typeof reason === "string");
    return fine ? answer : this.wrong(point, "undefined or {code, reasons}", answer);
  }

  private whole(answer: unknown, point = "score"): number {
    const limit = point === "score" ? 1_000_000_000 : Number.MAX_SAFE_INTEGER;
    const fine =
      typeof answer === "number" &&
      (point === "queueSort" ? !Number.isNaN(answer) : Number.isInteger(answer)) &&
      Math.abs(answer) <= limit;
    return fine ? answer : this.wrong(point, "a whole number", answer);
  }

  private run<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof SchedulerError) throw cause.within({ file: this.file });
      const text = cause instanceof Error ? cause.message : String(cause);
      const place = { file: this.file, plugin: this.name };
      throw new SchedulerError(`plugin threw: ${text}`, place, cause);
    }
  }

  private wrong(point: string, expected: string, got: unknown): never {
    throw new SchedulerError(`${point}: expected ${expected}, got ${show(got)}`, {
      file: this.file,
      plugin: this.name,
    });
  }
}

/** A user's plugin, or maker of one, as a factory whose plugins are checked. Throws `RangeError` when it is neither. */
export function checkedFactory(given: unknown, place: string, file: string): PluginFactory {
  if (typeof given !== "object" || given === null)
    throw new RangeError(`${place}: expected a plugin, got ${show(given)}`);
  const { name, create } = given as Fields;
  if (typeof name !== "string" || name === "")
    throw new RangeError(`${place}: expected a plugin with a name`);
  const points = [...FUNCTIONS, "filter", "score"];
  if (create === undefined && !points.some((point) => (given as Fields)[point] !== undefined))
    throw new RangeError(
      `plugin ${name}: expected create, a function, or an extension point like filter or score`,
    );
  if (create !== undefined && typeof create !== "function")
    throw new RangeError(`plugin ${name}: create: expected a function, got ${show(create)}`);
  return {
    name,
    create: (args: unknown, context: PluginContext) => {
      const made = create === undefined ? given : (create as Call).apply(given, [args, context]);
      if (typeof made !== "object" || made === null)
        throw new SchedulerError(`create: expected a plugin, got ${show(made)}`, {
          file,
          plugin: name,
        });
      return new Checked(made as Fields, name, file).build();
    },
  };
}
