import { create, named, remove, type Step, type World } from "./parts.ts";

function token(name: string, account: string): Step[1] {
  return (cluster) =>
    create(cluster, "Secret", {
      metadata: named(name, { annotations: { "kubernetes.io/service-account.name": account } }),
      type: "kubernetes.io/service-account-token",
    });
}

const request: Step[1] = (cluster) =>
  create(cluster, "CertificateSigningRequest", {
    metadata: { name: "me" },
    spec: {
      request: "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K",
      signerName: "example.com/signer",
      usages: ["client auth"],
    },
  });

/** Worlds of the controllers of tokens and certificates. */
export const credentialWorlds: Readonly<Record<string, World>> = {
  "serviceaccount-token-controller": {
    steps: [
      [1, (cluster) => create(cluster, "ServiceAccount", { metadata: named("robot") })],
      [2, token("one", "robot")],
      [3, token("two", "default")],
      [4, token("lost", "nobody")],
      [20, remove("ServiceAccount", "default/robot")],
    ],
    until: 100,
  },
  "certificatesigningrequest-cleaner-controller": {
    config: { nodes: [] },
    steps: [[1, request]],
    until: 25 * 3600 + 100,
  },
};
