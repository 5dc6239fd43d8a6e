import type { Micros } from "../../engine/time.ts";
import type { User } from "../admission/plugin.ts";
import type { FlowUids } from "./flow-uids.ts";
import type { ExecOutcome, LogFollow } from "./streams.ts";
import type { Watch } from "./watch.ts";

/** A request to the API, as a transport or a scenario hands it over. */
export interface RestRequest {
  readonly method: string;
  /** Path, with its query unless that is given apart: `/api/v1/pods?limit=5`. */
  readonly path: string;
  /** Query without the question mark. */
  readonly query?: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly userAgent?: string;
  /** Text, bytes (protobuf) or parsed JSON. */
  readonly body?: unknown;
  /** Who asks: an administrator when absent, nobody known (401) when null. */
  readonly user?: User | null;
  /** Who wants to be taken for that user, where somebody does who may not do everything. */
  readonly impersonator?: User;
  /** Groups that he names; others the user is in by his name. */
  readonly impersonatedGroups?: readonly string[];
}

/** What the API answers. */
export interface RestResponse {
  readonly code: number;
  /** Media type of the body. */
  readonly contentType: string;
  /** A text as it goes out, or an object to be written as JSON. */
  readonly body: unknown;
  /** Texts for `Warning:` headers. */
  readonly warnings: readonly string[];
  /** Seconds for the `Retry-After` header. */
  readonly retryAfter?: number;
  /** The class of the request under priority and fairness. */
  readonly flow?: FlowUids;
  /** How long the answer takes, in virtual time, where that is modelled. */
  readonly delay?: Micros;
  /** What a command answered, to be streamed on an upgraded connection; the body is for those that are not. */
  readonly exec?: ExecOutcome;
  /** What a container prints from now on, to be streamed on an upgraded connection; the body is for those that are not. */
  readonly attach?: LogFollow;
  /** How a log goes on behind the body, for transports that can wait for it. */
  readonly follow?: LogFollow;
  /** Present when the answer is a stream of changes; the body is empty then. */
  readonly watch?: Watch;
}

/** Parameters of a query, each name with its values in order. */
export type Query = ReadonlyMap<string, readonly string[]>;

/** The first value of a parameter; undefined when it is absent. */
export function parameter(query: Query, name: string): string | undefined {
  return query.get(name)?.[0];
}

/** Reads the text of a query. Malformed escapes are kept as they are. */
export function parseQuery(text: string): Query {
  const query = new Map<string, string[]>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = unescaped(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "" : unescaped(pair.slice(at + 1));
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  return query;
}

function unescaped(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
