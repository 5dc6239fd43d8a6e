import type { Event, EventsV1Event, ObjectReference } from "../../types.gen.ts";
import { ageOf } from "./duration.ts";
import type { KindPrinter } from "./printer.ts";
import { columns, printer } from "./printer.ts";

/** What both event APIs say, under one set of names. */
interface EventView {
  readonly target: ObjectReference | undefined;
  readonly message: string | undefined;
  readonly count: number | undefined;
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly component: string | undefined;
  readonly host: string | undefined;
}

function viewOf(event: Event | EventsV1Event): EventView {
  if ("regarding" in event || "reportingController" in event || "note" in event) {
    return {
      target: event.regarding,
      message: event.note,
      count: event.deprecatedCount,
      first: event.deprecatedFirstTimestamp,
      last: event.deprecatedLastTimestamp,
      component: event.deprecatedSource?.component || event.reportingController,
      host: event.deprecatedSource?.host || event.reportingInstance,
    };
  }
  const core = event as Event;
  return {
    target: core.involvedObject,
    message: core.message,
    count: core.count,
    first: core.firstTimestamp,
    last: core.lastTimestamp,
    component: core.source?.component || core.reportingComponent,
    host: core.source?.host || core.reportingInstance,
  };
}

function targetText(target: ObjectReference | undefined): string {
  const kind = (target?.kind ?? "").toLowerCase();
  return target?.name === undefined || target.name === "" ? kind : `${kind}/${target.name}`;
}

export const eventPrinter: KindPrinter = printer<Event | EventsV1Event>(
  columns(
    "Last Seen",
    "Type",
    "Reason",
    "Object",
    "Subobject|string|wide",
    "Source|string|wide",
    "Message",
    "First Seen|string|wide",
    "Count|string|wide",
    "Name|string|wide",
  ),
  (event, { now }) => {
    const view = viewOf(event);
    const first = view.first ? ageOf(view.first, now) : ageOf(event.eventTime, now);
    const { series } = event;
    const last = series
      ? ageOf(series.lastObservedTime, now)
      : view.last
        ? ageOf(view.last, now)
        : first;
    return [
      last,
      event.type ?? "",
      event.reason ?? "",
      targetText(view.target),
      view.target?.fieldPath ?? "",
      view.host ? `${view.component ?? ""}, ${view.host}` : (view.component ?? ""),
      (view.message ?? "").trim(),
      first,
      series ? (series.count ?? 0) : view.count || 1,
      event.metadata.name,
    ];
  },
);
