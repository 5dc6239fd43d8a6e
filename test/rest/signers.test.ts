import { expect, it } from "vitest";
import { APPROVED, issued, signingRequest } from "../controllers/small/signing-requests.ts";
import { bareApi, request } from "./bare-api.ts";

const PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const RBAC = "rbac.authorization.k8s.io";

it.each([
  ["nobody", [], [403, 403, 200]],
  ["the signer's own", ["example.com/signer"], [200, 200, 200]],
  ["all of a domain", ["example.com/*"], [200, 200, 200]],
  ["another's", ["example.com/other"], [403, 403, 200]],
])("who approves and signs needs the right to: %s", (_, resourceNames, codes) => {
  const plane = bareApi();
  const rules = [
    {
      apiGroups: ["certificates.k8s.io"],
      resources: ["certificatesigningrequests/approval", "certificatesigningrequests/status"],
      verbs: ["update"],
    },
    ...(resourceNames.length === 0
      ? []
      : [
          {
            apiGroups: ["certificates.k8s.io"],
            resources: ["signers"],
            resourceNames,
            verbs: ["approve", "sign"],
          },
        ]),
  ];
  request(plane, "POST", `/apis/${RBAC}/v1/clusterroles`, { metadata: { name: "bobs" }, rules });
  request(plane, "POST", `/apis/${RBAC}/v1/clusterrolebindings`, {
    metadata: { name: "bobs" },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "bobs" },
    subjects: [{ kind: "User", apiGroup: RBAC, name: "bob" }],
  });
  const spec = { signerName: "example.com/signer", usages: ["client auth"] };
  request(plane, "POST", PATH, signingRequest("r", "ann", spec));
  const asBob = (door: string, status: object) => {
    const { body } = request(plane, "GET", `${PATH}/r`);
    return plane.rest.handle({
      method: "PUT",
      path: `${PATH}/r/${door}`,
      user: { name: "bob", groups: ["system:authenticated"] },
      contentType: "application/json",
      body: JSON.stringify({ ...(body as object), status }),
    });
  };
  const approved = asBob("approval", { conditions: [APPROVED] });
  const { conditions = [] } = (approved.body as any).status ?? {};
  const signed = asBob("status", { conditions, certificate: issued("bob") });
  const { certificate } = (signed.body as any).status ?? {};
  const seen = [...conditions, { type: "Seen", status: "True" }];
  const answers = [approved, signed, asBob("status", { conditions: seen, certificate })];
  expect(answers.map(({ code }) => code)).toEqual(codes);
  if (approved.code === 403)
    expect((approved.body as any).message).toBe(
      'certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to approve requests with signerName "example.com/signer"',
    );
});
