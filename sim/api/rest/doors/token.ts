import { SECOND } from "../../../engine/time.ts";
import { microTimestamp, timestamp } from "../../meta/time.ts";
import { invalidValue } from "../../validation/field-error.ts";
import { readObject } from "../body.ts";
import type { Answer, Call } from "../context.ts";
import { readWriteOptions } from "../options.ts";
import { refuse } from "../refuse.ts";

const tokenTarget = {
  kind: "TokenRequest",
  group: "authentication.k8s.io",
  version: "v1",
  type: "authentication.v1.TokenRequest",
};
const HOUR_SECONDS = 3600;
const SHORTEST_SECONDS = 600;

/** POST of `/token` of a service account: a token that says whose it is, and proves nothing. */
export function tokenDoor(call: Call): Answer {
  const { request, query, resource, target, reader, api, warnings } = call;
  const options = readWriteOptions(query, "CreateOptions");
  const name = target.name ?? "";
  const account = reader.get(resource, target.namespace, name);
  const review = readObject(request, tokenTarget, options.validation, warnings);
  const spec = (review.spec ?? {}) as {
    readonly audiences?: readonly string[];
    readonly expirationSeconds?: number;
  };
  const seconds = spec.expirationSeconds ?? HOUR_SECONDS;
  if (seconds < SHORTEST_SECONDS)
    refuse({ group: "authentication.k8s.io", kind: "TokenRequest" }, "", [
      invalidValue(
        "spec.expirationSeconds",
        seconds,
        "may not specify a duration less than 10 minutes",
      ),
    ]);
  const subject = `system:serviceaccount:${target.namespace}:${name}`;
  const token = `ksim.${subject}.${account.metadata.uid}.${microTimestamp(api.now)}`;
  return {
    code: 201,
    body: {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: {
        name,
        namespace: target.namespace,
        creationTimestamp: timestamp(api.now),
      },
      spec: {
        audiences: spec.audiences ?? ["https://kubernetes.default.svc"],
        expirationSeconds: seconds,
        boundObjectRef: null,
      },
      status: { token, expirationTimestamp: timestamp(api.now + seconds * SECOND) },
    },
  };
}
