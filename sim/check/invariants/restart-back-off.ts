import { parseTimestamp } from "../../api/meta/time.ts";
import type { ContainerStatus, Pod } from "../../api/types.gen.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";
import type { Invariant } from "../invariant.ts";

const FIRST: Micros = 10 * SECOND;
const LONGEST: Micros = 300 * SECOND;
/** After this long without an end the back-off begins anew. */
const CLEAN: Micros = 10 * MINUTE;
/** Timestamps in status have whole seconds. */
const ROUNDING: Micros = 2 * SECOND;

const REBOOTS: ReadonlySet<string> = new Set(["node-crash", "zone-outage"]);

interface Restarts {
  /** How long the next restart has to wait from its end. */
  delay: Micros;
  finished: Micros;
}

/** A restarted container has waited long enough: nothing, then 10 s, doubling up to 300 s. */
export const restartBackOff: Invariant = {
  name: "restart-back-off",
  number: 25,
  description:
    "A container is restarted no sooner than its back-off allows: 10 s, doubling, at most 300 s.",
  watch: () => {
    const known = new Map<string, Restarts>();
    return {
      take: (entry) => {
        // A kubelet keeps its back-offs in memory: a machine that starts again has forgotten them.
        if (entry.kind === "fault" && REBOOTS.has(entry.fault.type)) known.clear();
        if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
        const before = entry.before as Pod | undefined;
        const after = entry.after as Pod | undefined;
        if (after === undefined || before === undefined) return undefined;
        for (const status of after.status?.containerStatuses ?? []) {
          const earlier = before.status?.containerStatuses?.find(
            ({ name }) => name === status.name,
          );
          const wrong = judge(
            known,
            `${after.metadata.uid}/${status.name}`,
            status,
            earlier,
            entry.time,
          );
          if (wrong !== undefined) return `pod ${entry.key}: container ${status.name} ${wrong}`;
        }
        return undefined;
      },
    };
  },
};

function judge(
  known: Map<string, Restarts>,
  id: string,
  status: ContainerStatus,
  earlier: ContainerStatus | undefined,
  now: Micros,
): string | undefined {
  if (earlier === undefined || status.restartCount <= earlier.restartCount) return undefined;
  // A run that ends at once is told together with its restart: the end before it stands in the earlier status.
  const ended =
    earlier.state?.terminated ?? earlier.lastState?.terminated ?? status.lastState?.terminated;
  const finished = parseTimestamp(ended?.finishedAt) ?? now;
  const started = parseTimestamp(ended?.startedAt) ?? finished;
  const last = known.get(id);
  const clean = last === undefined || started - last.finished > CLEAN || finished - started > CLEAN;
  const delay = clean ? 0 : last.delay;
  known.set(id, { finished, delay: delay === 0 ? FIRST : Math.min(delay * 2, LONGEST) });
  const waited = now - finished;
  return waited + ROUNDING < delay
    ? `was restarted after ${waited / SECOND} s, its back-off was ${delay / SECOND} s`
    : undefined;
}
