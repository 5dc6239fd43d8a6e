import { describe, expect, it } from "vitest";
import { bareApi, request } from "./bare-api.ts";

const ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/robot";
const POD = "/api/v1/namespaces/default/pods/p";

/** An API with two service accounts, a pod of one of them and a node. */
function inhabited() {
  const bare = bareApi("doors");
  for (const name of ["robot", "other"]) {
    request(bare, "POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name } });
  }
  request(bare, "POST", "/api/v1/nodes", { metadata: { name: "n" } });
  request(bare, "POST", "/api/v1/namespaces/default/pods", {
    metadata: { name: "p" },
    spec: { serviceAccountName: "other", containers: [{ name: "c", image: "i" }] },
  });
  return bare;
}

function token(spec: object, metadata: object = {}) {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata, spec };
  return request(inhabited(), "POST", `${ACCOUNT}/token`, body);
}

const WRONG_NAMESPACE =
  "the namespace of the provided object does not match the namespace sent on the request";

describe("Tokens", () => {
  it.each([
    [
      "of another name",
      {},
      { name: "other" },
      422,
      'TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified',
    ],
    ["of another namespace", {}, { namespace: "else" }, 400, WRONG_NAMESPACE],
    [
      "for too short",
      { expirationSeconds: 1 },
      {},
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    ],
    [
      "for too long",
      { expirationSeconds: 2 ** 33 },
      {},
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
    ],
    [
      "bound to a pod that is not there",
      { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "q" } },
      {},
      404,
      'pods "q" not found',
    ],
    [
      "bound to a pod of another account",
      { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } },
      {},
      400,
      'cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
    ],
    [
      "bound to another life of a node",
      { boundObjectRef: { kind: "Node", apiVersion: "v1", name: "n", uid: "u" } },
      {},
      409,
      /^Operation cannot be fulfilled on Node "n": the UID in the bound object reference \(u\) does not match the UID in record\. The object might have been deleted and then recreated$/,
    ],
    [
      "bound to what nothing can be bound to",
      { boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "c" } },
      {},
      400,
      "cannot bind token to object of type /v1, Kind=ConfigMap",
    ],
  ])("%s are refused", (_, spec, metadata, code, message) => {
    const answer = token(spec, metadata);
    expect(answer.code).toBe(code);
    expect((answer.body as { message: string }).message).toMatch(message);
  });

  it("of another life of the account are refused", () => {
    const answer = token({}, { uid: "u" });
    expect(answer.code).toBe(409);
    expect((answer.body as { message: string }).message).toMatch(
      /^Operation cannot be fulfilled on TokenRequest\.authentication\.k8s\.io "robot": the UID in the token request \(u\) does not match the UID of the service account \(.+\)$/,
    );
  });

  it("bound to a node are given out", () => {
    const bound = { kind: "Node", apiVersion: "v1", name: "n" };
    const answer = token({ boundObjectRef: bound });
    expect(answer.code).toBe(201);
    expect(answer.body).toMatchObject({
      metadata: { name: "robot", namespace: "default", uid: expect.any(String) },
      spec: { expirationSeconds: 3600, boundObjectRef: bound },
    });
  });
});

describe("Messages about a pod", () => {
  it.each([
    ["eviction", { apiVersion: "policy/v1", kind: "Eviction" }],
    ["binding", { apiVersion: "v1", kind: "Binding", target: { name: "n" } }],
  ])("that name another namespace are refused: %s", (door, body) => {
    const metadata = { name: "p", namespace: "else" };
    const answer = request(inhabited(), "POST", `${POD}/${door}`, { ...body, metadata });
    expect(answer.code).toBe(400);
    expect((answer.body as { message: string }).message).toBe(WRONG_NAMESPACE);
  });
});

describe("A Binding without a pod's door", () => {
  const bind = (target: object) => {
    const bare = inhabited();
    const path = "/api/v1/namespaces/default";
    const body = { apiVersion: "v1", kind: "Binding", metadata: { name: "p" }, target };
    const { code } = request(bare, "POST", `${path}/bindings`, body);
    const { body: pod } = request(bare, "GET", POD);
    return [code, (pod as { spec: { nodeName?: string } }).spec.nodeName];
  };

  it("binds the pod of its name", () => {
    expect(bind({ name: "n" })).toEqual([201, "n"]);
  });

  it("needs a target as through the door", () => {
    expect(bind({})).toEqual([500, undefined]);
  });
});
