import { Engine } from "../sim/engine/engine.ts";
import { randomFrom } from "../sim/engine/random.ts";
import { assertWork, perSecond, report, rssMiB, timed } from "./report.ts";

const PENDING = 100_000;
const EVENTS = 2_000_000;
const SPREAD = 1_000_000;

/** Hold model: 100,000 pending events, each firing schedules its successor; then streams; then cancelling. */
export function run(): void {
  hold(200_000, false);
  hold(EVENTS, true);
  streams();
  cancelling();
}

function hold(events: number, counts: boolean): void {
  const engine = new Engine("bench", "digest");
  const random = engine.random.fork("hold");
  engine.register({
    name: "hold",
    handle: () => {
      engine.after(random.int(SPREAD) + 1, "hold", { type: "hold" });
    },
    save: () => undefined,
    load: () => undefined,
  });
  for (let at = 0; at < PENDING; at++) engine.after(random.int(SPREAD), "hold", { type: "hold" });
  const { seconds, cpuSeconds } = timed(() => {
    for (let at = 0; at < events; at++) engine.step();
  });
  if (!counts) return;
  assertWork("events fired", engine.fired, events);
  assertWork("events pending", engine.pending, PENDING);
  report({
    bench: "engine",
    case: "hold",
    pending: PENDING,
    events,
    eventsPerSecond: perSecond(events, seconds),
    eventsPerCpuSecond: perSecond(events, cpuSeconds),
    rssMiB: rssMiB(),
  });
}

function streams(): void {
  const random = randomFrom("bench");
  const { seconds, result } = timed(() => {
    let words = 0;
    for (let at = 0; at < 100_000; at++)
      words += random.fork(`kubelet/node-${at}`).word() > 0 ? 1 : 0;
    return words;
  });
  assertWork("streams", result, 100_000);
  report({
    bench: "engine",
    case: "streams",
    streams: 100_000,
    seconds: Number(seconds.toFixed(3)),
  });
}

function cancelling(): void {
  const engine = new Engine("bench", "digest");
  const count = 500_000;
  const { seconds, result } = timed(() => {
    let cancelled = 0;
    for (let at = 0; at < count; at++) {
      const id = engine.after(at % 1000, "nobody", { type: "timeout" });
      if (at % 2 === 0 && engine.cancel(id)) cancelled++;
    }
    while (engine.step());
    return cancelled;
  });
  assertWork("cancelled", result, count / 2);
  assertWork("fired", engine.fired, count / 2);
  report({
    bench: "engine",
    case: "cancel",
    entries: count,
    entriesPerSecond: perSecond(count, seconds),
  });
}
