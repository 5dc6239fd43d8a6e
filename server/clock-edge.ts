import { EPOCH_SECONDS } from "../sim/api/meta/time.ts";
import { typeTable } from "../sim/api/schema/table.gen.ts";
import type { Micros } from "../sim/engine/time.ts";

/*
 * Clients count ages against their own clock, the cluster lives in virtual time: timestamps are shifted on their way
 * out and back. Only fields that the schema says are times are touched, never a client's own texts.
 */

/** Names of fields that hold times, from the schema table. */
const timeFields: readonly string[] = [
  ...new Set(
    Object.values(typeTable).flatMap((fields) =>
      fields
        .split(" ")
        .map((field) => (field.split("|")[0] ?? "").split(":"))
        .filter(([, type]) => type === "time" || type === "microTime")
        .map(([name = ""]) => name),
    ),
  ),
];
/** Only Leases have these; their holders compare what they wrote with what they read, so it must come back as it was. */
const leaseFields: readonly string[] = ["renewTime", "acquireTime"];

/** Annotations of controllers that hold times. */
const timeAnnotations: readonly string[] = [
  "endpoints.kubernetes.io/last-change-trigger-time",
  "batch.kubernetes.io/cronjob-scheduled-timestamp",
];
/** A row of name and creation time: the table of kinds that have no columns of their own. */
const CREATED_ROW = /("cells":\["[^"\\]*",)"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"(?=\])/g;

function timesOf(names: readonly string[]): RegExp {
  return new RegExp(
    `"(${names.join("|")})":\\s*"(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d))"`,
    "g",
  );
}

const shownFields = [...timeFields, ...timeAnnotations];
const ALL_TIMES = timesOf(shownFields);
const TIMES = timesOf(shownFields.filter((name) => !leaseFields.includes(name)));
/** Requests of a connection that come closer to each other belong together: a command's. */
const BURST_MS = 1000;
const [DRIFT_MS, BURST_DRIFT_MS] = [1000, 10_000];
const EPOCH_MS = EPOCH_SECONDS * 1000;

/** By how much a request's times were shifted, and when that was, by the wall clock; in milliseconds. */
export interface Shift {
  readonly at: number;
  readonly offsetMs: number;
}

/** How far the shown clock is ahead of the virtual one; follows the wall clock in steps of whole seconds. */
export class ClockEdge {
  readonly #wallNow: () => number;
  #offsetMs: number;

  /** `wallNow`: milliseconds since 1970. */
  constructor(virtualNow: Micros, wallNow: () => number) {
    this.#wallNow = wallNow;
    this.#offsetMs = this.#exact(virtualNow);
  }

  /** Milliseconds from a virtual timestamp to the shown one. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  #exact(virtualNow: Micros): number {
    const shown = this.#wallNow() - (EPOCH_MS + virtualNow / 1000);
    return Math.floor(shown / 1000) * 1000;
  }

  /** Follows the virtual clock; small drift is left alone so that an object's times do not flicker. */
  follow(virtualNow: Micros): void {
    const exact = this.#exact(virtualNow);
    if (Math.abs(exact - this.#offsetMs) > DRIFT_MS) this.#offsetMs = exact;
  }

  /**
   * The shift for a request, given that of the last request on its connection: a client that compares two reads
   * (`kubectl diff`) is to see the same times in both, however fast virtual time goes.
   */
  shiftAfter(last: Shift | undefined): Shift {
    const at = this.#wallNow();
    const kept =
      last !== undefined &&
      at - last.at < BURST_MS &&
      Math.abs(this.#offsetMs - last.offsetMs) <= BURST_DRIFT_MS;
    return { at, offsetMs: kept ? last.offsetMs : this.#offsetMs };
  }

  /** JSON text with shown times. `kubelets`: Leases in it are those of nodes, which live in virtual time. */
  outward(json: string, kubelets = false, offsetMs = this.#offsetMs): string {
    const shown = shifted(json, offsetMs, kubelets ? ALL_TIMES : TIMES);
    // The kind stands at the very beginning, or behind the type of a watch's event.
    if (offsetMs === 0 || !shown.slice(0, 64).includes('"kind":"Table"')) return shown;
    return shown.replace(CREATED_ROW, (_all, before: string, text: string) => {
      const at = Date.parse(text) + offsetMs;
      return `${before}"${new Date(at).toISOString().slice(0, 19)}Z"`;
    });
  }

  /** JSON text of a client with virtual times. */
  inward(json: string, kubelets = false, offsetMs = this.#offsetMs): string {
    return shifted(json, -offsetMs, kubelets ? ALL_TIMES : TIMES);
  }
}

/** Whether a path is among the Leases of nodes. */
export function isKubeletPath(path: string): boolean {
  return path.includes("/namespaces/kube-node-lease/");
}

function shifted(json: string, offsetMs: number, times: RegExp): string {
  if (offsetMs === 0) return json;
  return json.replace(times, (_all, name: string, text: string) => {
    const dot = text.indexOf(".");
    const fraction = dot < 0 ? "" : (/^\.\d+/.exec(text.slice(dot))?.[0] ?? "");
    const at = Date.parse(fraction === "" ? text : text.replace(fraction, ""));
    if (Number.isNaN(at)) return `"${name}":${JSON.stringify(text)}`;
    return `"${name}":"${new Date(at + offsetMs).toISOString().slice(0, 19)}${fraction}Z"`;
  });
}
