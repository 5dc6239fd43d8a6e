import { SECOND } from "../../../engine/time.ts";
import { badRequest, conflict } from "../../api-error.ts";
import { microTimestamp, timestamp } from "../../meta/time.ts";
import { makeKey } from "../../object.ts";
import type { Pod } from "../../types.gen.ts";
import { type FieldError, invalidValue } from "../../validation/field-error.ts";
import { goQuote } from "../../validation/go-text.ts";
import { readObject } from "../body.ts";
import type { Answer, Call } from "../context.ts";
import { readWriteOptions } from "../options.ts";
import { refuse } from "../refuse.ts";
import { inNamespace } from "../writing.ts";

const tokenTarget = {
  kind: "TokenRequest",
  group: "authentication.k8s.io",
  version: "v1",
  type: "authentication.v1.TokenRequest",
};
const HOUR_SECONDS = 3600;
const SHORTEST_SECONDS = 600;
const LONGEST_SECONDS = 2 ** 32;
const AUDIENCES = ["https://kubernetes.default.svc"];

/** What a token is to end with. */
interface BoundObject {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}

interface TokenSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: BoundObject | null;
}

/** POST of `/token` of a service account: a token that says whose it is, and proves nothing. */
export function tokenDoor(call: Call): Answer {
  const { request, query, resource, target, reader, api, warnings } = call;
  const options = readWriteOptions(query, "CreateOptions");
  const name = target.name ?? "";
  const review = readObject(request, tokenTarget, options.validation, warnings);
  inNamespace(review, resource.descriptor, target.namespace);
  const named = review.metadata.name ?? "";
  if (named !== "" && named !== name) {
    const why = "must match the service account name if specified";
    refuse(tokenTarget, name, [invalidValue("metadata.name", named, why)]);
  }
  const { uid } = reader.get(resource, target.namespace, name).metadata;
  const wanted = review.metadata.uid ?? "";
  if (wanted !== "" && wanted !== uid) {
    const why = `the UID in the token request (${wanted}) does not match the UID of the service account (${uid})`;
    throw conflict({ group: tokenTarget.group, plural: tokenTarget.kind }, name, why);
  }
  const spec = (review.spec ?? {}) as TokenSpec;
  const seconds = spec.expirationSeconds ?? HOUR_SECONDS;
  refuse(tokenTarget, "", durationErrors(seconds));
  if (spec.boundObjectRef) checkBound(call, name, spec.boundObjectRef);
  const subject = `system:serviceaccount:${target.namespace}:${name}`;
  return {
    code: 201,
    body: {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: {
        name,
        namespace: target.namespace,
        uid,
        creationTimestamp: timestamp(api.now),
      },
      spec: {
        audiences: (spec.audiences ?? []).length === 0 ? AUDIENCES : spec.audiences,
        expirationSeconds: seconds,
        boundObjectRef: spec.boundObjectRef ?? null,
      },
      status: {
        token: `ksim.${subject}.${uid}.${microTimestamp(api.now)}`,
        expirationTimestamp: timestamp(api.now + seconds * SECOND),
      },
    },
  };
}

function durationErrors(seconds: number): readonly FieldError[] {
  const field = "spec.expirationSeconds";
  if (seconds < SHORTEST_SECONDS) {
    return [invalidValue(field, seconds, "may not specify a duration less than 10 minutes")];
  }
  const why = "may not specify a duration larger than 2^32 seconds";
  return seconds > LONGEST_SECONDS ? [invalidValue(field, seconds, why)] : [];
}

/** A token may be bound to a pod of the account, a Secret beside it or a node. */
function checkBound({ target, api }: Call, account: string, bound: BoundObject): void {
  const { kind = "", name = "", apiVersion = "" } = bound;
  const grouped = apiVersion.includes("/");
  if (grouped || !["Pod", "Node", "Secret"].includes(kind)) {
    const version = grouped ? apiVersion : `/${apiVersion}`;
    throw badRequest(`cannot bind token to object of type ${version}, Kind=${kind}`);
  }
  const found = api.get(kind, makeKey(kind === "Node" ? undefined : target.namespace, name));
  if (kind === "Pod" && (found as Pod).spec?.serviceAccountName !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount ${goQuote(account)} to pod running with different serviceaccount name.`,
    );
  }
  const uid = bound.uid ?? "";
  if (uid === "" || uid === found.metadata.uid) return;
  const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  throw conflict({ group: "", plural: kind }, name, why);
}
