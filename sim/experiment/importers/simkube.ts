import { SECOND } from "../../engine/time.ts";
import { TraceError } from "../input-error.ts";
import type { WorkloadEvent } from "../workload.ts";
import { cleanObject, withoutOutside } from "./clean-object.ts";
import { baseName, type Importer, type TraceFile, textOf } from "./importer.ts";
import { readMessagePack } from "./message-pack.ts";

interface TraceObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

interface TraceEvent {
  /** Seconds since 1970. */
  readonly ts: number;
  readonly applied_objs: readonly TraceObject[];
  readonly deleted_objs: readonly TraceObject[];
}

interface Trace {
  readonly version?: number;
  readonly events: readonly TraceEvent[];
  readonly pod_lifecycles?: Readonly<Record<string, unknown>>;
}

const FORMS =
  "SimKube writes MessagePack (.sktrace) or JSON with the keys version, config, events.";

/** A trace of SimKube: what was applied to a cluster and deleted from it, and how long its pods ran. */
export const simkube: Importer = {
  name: "simkube",
  description: "a trace of SimKube: MessagePack (.sktrace) or JSON",
  files: "a trace",
  read: (files) => {
    const [file] = files;
    if (file === undefined) throw new TraceError("expected a trace", { file: "simkube" });
    const trace = readTrace(file);
    const first = trace.events.reduce((least, { ts }) => Math.min(least, ts), Infinity);
    const lifecycles = durations(trace);
    const events: WorkloadEvent[] = [];
    for (const { ts, applied_objs: applied, deleted_objs: deleted } of trace.events) {
      const at = Math.round((ts - first) * SECOND);
      for (const object of applied ?? []) {
        const runs = lifecycles.get(nameOf(object));
        events.push({
          at,
          apply: withoutOutside(
            cleanObject(
              object as unknown as Readonly<Record<string, unknown>>,
              runs === undefined ? {} : { "ksim.dev/exits": exitText(runs) },
            ),
          ),
        });
      }
      for (const { apiVersion, kind, metadata } of deleted ?? []) {
        const { name, namespace } = metadata;
        const place = namespace === undefined ? {} : { namespace };
        events.push({ at, delete: { apiVersion, kind, name, ...place } });
      }
    }
    return {
      workload: {
        name: baseName(file.name),
        source: "simkube",
        nodes: undefined,
        events: events.sort((a, b) => a.at - b.at),
      },
      notes: [
        "The trace does not say what it ran on: the experiment must name its cluster.",
        "ConfigMaps, Secrets, claims and priority classes are not traced: pods go without them.",
      ],
    };
  },
};

function readTrace(file: TraceFile): Trace {
  const value =
    file.bytes[0] === 0x7b ? readJson(file) : readMessagePack(file.name, file.bytes, FORMS);
  const events = (value as Trace | null)?.events;
  if (!Array.isArray(events))
    throw new TraceError(
      "expected a trace with events, got something else",
      { file: file.name },
      FORMS,
    );
  events.forEach((event: Partial<TraceEvent> | null, at) => {
    if (typeof event?.ts !== "number")
      throw new TraceError(`events[${at}].ts: expected seconds since 1970`, { file: file.name });
    for (const object of [...(event.applied_objs ?? []), ...(event.deleted_objs ?? [])])
      if (typeof object?.kind !== "string" || typeof object.metadata?.name !== "string")
        throw new TraceError(`events[${at}]: expected Kubernetes objects`, { file: file.name });
  });
  return value as Trace;
}

function readJson(file: TraceFile): unknown {
  const text = textOf(file);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const position = Number(/position (\d+)/.exec((error as Error).message)?.[1] ?? 0);
    const before = text.slice(0, position);
    throw new TraceError("not valid JSON", {
      file: file.name,
      line: before.split("\n").length,
      column: position - before.lastIndexOf("\n"),
    });
  }
}

/** `apps/v1.Deployment default/web`, as the trace names owners of pods. */
function nameOf({ apiVersion, kind, metadata }: TraceObject): string {
  return `${apiVersion}.${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Seconds that the pods of each owner ran, where the trace saw their end. */
function durations({ pod_lifecycles: lifecycles }: Trace): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  for (const [owner, templates] of Object.entries(lifecycles ?? {})) {
    const runs = Object.values((templates ?? {}) as Readonly<Record<string, unknown>>)
      .flatMap((pods) => (Array.isArray(pods) ? (pods as unknown[]) : []))
      .flatMap((pod) => {
        const finished = (pod as { Finished?: readonly number[] } | null)?.Finished;
        return Array.isArray(finished) ? [Number(finished[1]) - Number(finished[0])] : [];
      });
    if (runs.length > 0) found.set(owner, runs);
  }
  return found;
}

function exitText(runs: readonly number[]): string {
  const after =
    runs.length === 1
      ? `${runs[0]}s`
      : `{dist: choice, of: [${runs.map((run) => `${run}s`).join(", ")}]}`;
  return `{after: ${after}, code: 0}`;
}
