import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RestOptions } from "../sim/api/rest/rest-api.ts";
import type { Cluster } from "../sim/cluster.ts";
import { makeAuthority } from "./authority.ts";
import { makeHttpServer } from "./http-server.ts";
import { kubeconfig } from "./kubeconfig.ts";
import type { OutsideInput } from "./outside-input.ts";
import { parsePace, type ServePace } from "./pace.ts";
import { LiveSession } from "./session.ts";

/** How a cluster is to be served. */
export interface ServeOptions {
  readonly cluster: Cluster;
  /** Loopback unless asked otherwise. */
  readonly host?: string;
  /** A free one when absent or 0. */
  readonly port?: number;
  /** `1x` … `1000x`, `step` or `settle`; `1x` when absent. */
  readonly pace?: string | ServePace;
  /** Bearer token that clients must send. */
  readonly token?: string;
  /** Speak TLS: with a certificate of our own making, or the given one. */
  readonly tls?: boolean | { readonly key: string; readonly cert: string };
  /** Where the kubeconfig is written; in a folder of the system's temporary ones when absent, which goes when the server does. */
  readonly kubeconfig?: string;
  /** Told of each request in one line. */
  readonly log?: (line: string) => void;
  /** Told of each request that may change something: what a recording keeps. */
  readonly record?: (input: OutsideInput) => void;
  readonly rest?: RestOptions;
  /** Told once, when the server answers; writes to stderr when absent. */
  readonly announce?: (line: string) => void;
}

/** A server that answers. */
export interface RunningServer {
  /** `http://127.0.0.1:8001`. */
  readonly url: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  readonly session: LiveSession;
  /** Ends all watches and connections. */
  close(): Promise<void>;
}

/**
 * Serves a cluster as a Kubernetes API server. Throws `RangeError` for a pace that is none, and what listening or writing
 * the kubeconfig throws; nothing is left open then.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { cluster, host = "127.0.0.1", port = 0, token, log, record } = options;
  const pace = typeof options.pace === "object" ? options.pace : parsePace(options.pace ?? "1x");
  if (pace === undefined)
    throw new RangeError(`unknown pace ${options.pace}: expected 1x to 1000x, step or settle`);
  const session = new LiveSession({
    cluster,
    pace,
    rest: { address: `${host}:${port}`, ...options.rest },
    ...(record === undefined ? {} : { record }),
  });
  const authority =
    options.tls === true ? makeAuthority([host, "localhost", "127.0.0.1"]) : undefined;
  const tls = typeof options.tls === "object" ? options.tls : authority;
  const app = makeHttpServer({
    begin: () => session.begin(),
    hold: ({ delay = 0 }) => session.driver.wallMs(delay),
    answer: (request) => session.answer(request),
    own: (method, path, body) => session.own(method, path, body),
    edge: session.edge,
    hub: session.hub,
    followers: session.followers,
    token,
    tls,
    log,
  });
  // A kubeconfig that nobody asked for, with a token that is good for nothing any more, goes with the server.
  const own = options.kubeconfig === undefined ? mkdtempSync(join(tmpdir(), "ksim-")) : undefined;
  const close = async (): Promise<void> => {
    try {
      session.close();
    } finally {
      if (own !== undefined) rmSync(own, { recursive: true, force: true });
      await app.close();
    }
  };
  let [url, path] = ["", ""];
  try {
    await app.listen({ host, port });
    url = `${tls === undefined ? "http" : "https"}://${shownAddress(app.server.address())}`;
    path = options.kubeconfig ?? join(own ?? "", "kubeconfig");
    const text = kubeconfig({ server: url, authority: authority?.authority, token });
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    await close();
    throw error;
  }
  const announce = options.announce ?? ((line) => process.stderr.write(`${line}\n`));
  announce(`ready ${url}`);
  return { url, kubeconfig: path, session, close };
}

/** Host and port that a listening socket is reached by, as they stand in a URL. */
function shownAddress(listening: string | AddressInfo | null): string {
  const { address, family, port } = listening as AddressInfo;
  if (address === "0.0.0.0" || address === "::") return `127.0.0.1:${port}`;
  return `${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
