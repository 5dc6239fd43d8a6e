import { approvalDoor } from "../../../sim/api/approval.ts";
import { timestamp } from "../../../sim/api/meta/time.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import {
  APPROVED,
  KUBELET_CLIENT,
  type RequestName,
  requestOf,
  signingRequest,
} from "../small/signing-requests.ts";
import { canonicalState } from "./canonical.ts";
import { create, named, remove, type Step, type World } from "./parts.ts";

function token(name: string, account: string): Step[1] {
  return (cluster) =>
    create(cluster, "Secret", {
      metadata: named(name, { annotations: { "kubernetes.io/service-account.name": account } }),
      type: "kubernetes.io/service-account-token",
    });
}

/** A token with which machines join, and when it ends. */
const joinToken =
  (id: string, end?: number): Step[1] =>
  (cluster) => {
    const data = {
      "token-id": id,
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-signing": "true",
      ...(end === undefined ? {} : { expiration: timestamp(end * SECOND) }),
    };
    create(cluster, "Secret", {
      metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      data: Object.fromEntries(
        Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
      ),
    });
  };

const clusterInfo: Step[1] = (cluster) =>
  create(cluster, "ConfigMap", {
    metadata: { name: "cluster-info", namespace: "kube-public" },
    data: { kubeconfig: "apiVersion: v1" },
  });

const request: Step[1] = (cluster) =>
  create(cluster, "CertificateSigningRequest", {
    metadata: { name: "me" },
    spec: {
      request: requestOf("ann"),
      signerName: "example.com/signer",
      usages: ["client auth"],
    },
  });

const bootstrappers: Step[1] = (cluster) =>
  create(cluster, "ClusterRoleBinding", {
    metadata: { name: "bootstrap" },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "machines" }],
  });

/** Somebody asks for a kubelet's certificate. */
const kubelet =
  (name: string, request: RequestName): Step[1] =>
  (cluster) =>
    create(
      cluster,
      "CertificateSigningRequest",
      signingRequest(name, request, { ...KUBELET_CLIENT, username: name, groups: ["machines"] }),
    );

const approve =
  (name: string): Step[1] =>
  (cluster) => {
    const request = cluster.store.get("CertificateSigningRequest", name) as any;
    const status = { conditions: [APPROVED] };
    cluster.api.update(request.kind, { ...request, status }, approvalDoor(cluster.now));
  };

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
  "legacy-serviceaccount-token-cleaner-controller": {
    // One that long lost its mark, in a cluster that has taken down uses for long.
    config: { nodes: [] },
    steps: [
      [
        0,
        (cluster) =>
          create(cluster, "ConfigMap", {
            metadata: {
              name: "kube-apiserver-legacy-service-account-token-tracking",
              namespace: "kube-system",
            },
            data: { since: "2020-01-01" },
          }),
      ],
      [
        1,
        (cluster) =>
          create(cluster, "ServiceAccount", {
            metadata: named("robot"),
            secrets: [{ name: "old" }],
          }),
      ],
      [2, token("old", "robot")],
    ],
    until: 370 * 24 * 3600,
  },
  "bootstrap-signer-controller": {
    steps: [
      [1, joinToken("abcdef")],
      [2, clusterInfo],
      [3, joinToken("012345")],
      [20, remove("Secret", "kube-system/bootstrap-token-abcdef")],
    ],
    until: 100,
  },
  "token-cleaner-controller": {
    steps: [
      [1, joinToken("abcdef", 20)],
      [2, joinToken("012345", 40)],
      [3, joinToken("kept00")],
    ],
    until: 100,
  },
  "certificatesigningrequest-approving-controller": {
    steps: [
      [1, bootstrappers],
      [2, kubelet("one", "kubelet")],
      [3, kubelet("two", "kubelet")],
      [4, kubelet("other", "ann")],
    ],
    until: 100,
  },
  "certificatesigningrequest-signing-controller": {
    steps: [
      [1, bootstrappers],
      [2, kubelet("one", "kubelet")],
      [3, kubelet("wrong", "serving")],
      [10, approve("wrong")],
    ],
    until: 100,
    // Serial numbers and signatures are drawn, and times differ.
    state: (cluster) =>
      canonicalState(cluster).map((line) =>
        line.replace(/"certificate":"[^"]+"/, '"certificate":"*"'),
      ),
  },
  "certificatesigningrequest-cleaner-controller": {
    config: { nodes: [] },
    steps: [[1, request]],
    until: 25 * 3600 + 100,
  },
};
