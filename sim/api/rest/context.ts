import type { Micros } from "../../engine/time.ts";
import type { Access } from "../access.ts";
import type { User } from "../admission/plugin.ts";
import type { ApiServer } from "../api-server.ts";
import type { KubeObject } from "../object.ts";
import type { Representation } from "./media.ts";
import type { Target } from "./path.ts";
import type { IncludeObject } from "./present.ts";
import type { Reader } from "./reading.ts";
import type { Query, RestRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import type { ExecOutcome, LogFollow } from "./streams.ts";

/** A request whose resource is known, on its way through the API. */
export interface Call {
  readonly request: RestRequest;
  readonly target: Target;
  readonly resource: Resource;
  readonly query: Query;
  readonly user: User;
  readonly api: ApiServer;
  readonly reader: Reader;
  readonly access: Access;
  readonly representation: Representation;
  /** What the request writes to, where nobody wrote that yet. */
  readonly standing?: KubeObject | undefined;
  /** Filled with texts for `Warning:` headers. */
  readonly warnings: string[];
}

/** An answer before it is dressed for the transport. */
export interface Answer {
  readonly code: number;
  readonly body: unknown;
  readonly contentType?: string;
  /** What a command answered, for transports that can stream it instead of the body. */
  readonly exec?: ExecOutcome;
  /** What a container prints from now on, to be streamed on an upgraded connection; the body is for those that are not. */
  readonly attach?: LogFollow;
  /** How a log goes on behind the body, for transports that can wait for it. */
  readonly follow?: LogFollow;
  /** How long the answer takes, where that is modelled. */
  readonly delay?: Micros;
}

/** What rows of a table carry, by the query's `includeObject`. */
export function includeObject(query: Query): IncludeObject {
  const value = query.get("includeObject")?.[0];
  return value === "None" || value === "Object" ? value : "Metadata";
}

/** Who writes, for managed fields: what the request says, or the first word of its user agent. */
export function managerOf({ request, query }: Pick<Call, "request" | "query">): string {
  const named = query.get("fieldManager")?.[0];
  if (named !== undefined && named !== "") return named;
  const agent = request.userAgent ?? "";
  const slash = agent.indexOf("/");
  return (slash < 0 ? agent : agent.slice(0, slash)).slice(0, 128) || "unknown";
}
