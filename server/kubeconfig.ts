import { parse, stringify } from "yaml";

/** What a client needs to reach the server. */
export interface Access {
  readonly server: string;
  /** PEM of the certificate authority, when the server speaks TLS. */
  readonly authority?: string | undefined;
  readonly token?: string | undefined;
}

/** A kubeconfig for one cluster, one user, one context, all named `ksim`. */
export function kubeconfig({ server, authority, token }: Access): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "ksim",
        cluster: {
          server,
          // Without TLS there is nothing to verify; some client libraries want to be told.
          ...(authority === undefined
            ? { "insecure-skip-tls-verify": true }
            : { "certificate-authority-data": Buffer.from(authority).toString("base64") }),
        },
      },
    ],
    users: [{ name: "ksim", user: token === undefined ? {} : { token } }],
    contexts: [{ name: "ksim", context: { cluster: "ksim", user: "ksim", namespace: "default" } }],
    "current-context": "ksim",
  });
}

/** Whether a text is a kubeconfig of this module, or nothing: what may be written over without loss. */
export function isOwnKubeconfig(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    const { clusters } = parse(text) as { clusters?: readonly { name?: unknown }[] };
    return clusters?.length === 1 && clusters[0]?.name === "ksim";
  } catch {
    return false;
  }
}
