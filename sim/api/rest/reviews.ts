import type { Access, AccessQuestion } from "../access.ts";
import type { User } from "../admission/plugin.ts";
import { badRequest } from "../api-error.ts";
import type { KindDescriptor } from "../kinds/descriptor.ts";
import type { KubeObject } from "../object.ts";
import type { ObjectMeta } from "../types.gen.ts";
import {
  accessReviewErrors,
  localReviewErrors,
  reviewMetadataErrors,
} from "../validation/cluster/reviews.ts";
import type { FieldError } from "../validation/field-error.ts";
import { readObject } from "./body.ts";
import type { Answer, Call } from "./context.ts";
import { trackWrite } from "./managed.ts";
import { readWriteOptions } from "./options.ts";
import { refuse } from "./refuse.ts";

/** Answers a question that is never stored. */
export function review(call: Call): Answer {
  const { request, query, resource, target, warnings, user } = call;
  const { descriptor, group, version, type, apiVersion } = resource;
  const options = readWriteOptions(query, "CreateOptions");
  const body = { kind: descriptor.kind, group, version, type };
  const asked = readObject(request, body, options.validation, warnings);
  const { spec: question = {}, metadata: named } = asked;
  checkQuestion(descriptor, question as ReviewSpec, named, target.namespace ?? "");
  const status = answer(descriptor, asked.spec, user, call, target.namespace);
  const spec = asked.spec === undefined ? {} : { spec: asked.spec };
  // As what is stored it has its manager, but was never born.
  const kept = { kind: descriptor.kind, apiVersion, metadata: {}, ...spec } as KubeObject;
  return { code: 201, body: { ...trackWrite(call)(undefined, kept), status } };
}

/** Refuses what is no question. Upstream's message names the group alone: its internal reviews do not say their kind. */
function checkQuestion(
  { kind, group }: KindDescriptor,
  spec: ReviewSpec,
  metadata: ObjectMeta,
  namespace: string,
): void {
  const judge = reviewRules[kind];
  if (judge !== undefined) refuse({ group, kind: "" }, "", judge(spec, metadata, namespace));
  if (kind === "TokenReview" && (spec.token ?? "") === "")
    throw badRequest("token is required for TokenReview in authentication");
}

type Judge = (spec: ReviewSpec, metadata: ObjectMeta, namespace: string) => readonly FieldError[];

const unnamed =
  (asksForOthers: boolean): Judge =>
  (spec, metadata) => [
    ...accessReviewErrors(spec, asksForOthers),
    ...reviewMetadataErrors(metadata, false),
  ];

const reviewRules: Readonly<Record<string, Judge>> = {
  SubjectAccessReview: unnamed(true),
  SelfSubjectAccessReview: unnamed(false),
  LocalSubjectAccessReview: localReviewErrors,
};

interface ReviewSpec {
  readonly resourceAttributes?: AccessQuestion;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly namespace?: string;
  readonly token?: string;
}

function answer(
  { kind }: KindDescriptor,
  spec: unknown,
  user: User,
  { access }: Call,
  namespace: string | undefined,
): unknown {
  const asked = (spec ?? {}) as ReviewSpec;
  switch (kind) {
    case "SelfSubjectReview":
      return { userInfo: userInfo(user) };
    case "SelfSubjectAccessReview":
      return verdict(access, user, question(asked, namespace));
    case "SubjectAccessReview":
    case "LocalSubjectAccessReview": {
      const other = { name: asked.user ?? "", groups: asked.groups ?? [] };
      return verdict(access, other, question(asked, namespace));
    }
    case "SelfSubjectRulesReview":
      return { ...access.rulesOf(user, asked.namespace ?? "default"), incomplete: false };
    default:
      return { authenticated: true, user: userInfo(tokenUser(asked.token ?? "") ?? user) };
  }
}

/** Somebody as the authentication API tells of him. */
export function userInfo({ name, groups = [] }: User): object {
  return {
    username: name,
    ...(name === "admin" ? { uid: "1" } : {}),
    ...(groups.length === 0 ? {} : { groups }),
  };
}

function question(
  { resourceAttributes, nonResourceAttributes }: ReviewSpec,
  namespace: string | undefined,
): AccessQuestion {
  if (resourceAttributes === undefined) return nonResourceAttributes ?? {};
  return namespace === undefined ? resourceAttributes : { namespace, ...resourceAttributes };
}

function verdict(access: Access, user: User, asked: AccessQuestion): unknown {
  const allowed = access.isAllowed(user, asked);
  const reason = allowed ?? access.whyNot(user, asked);
  return { allowed: allowed !== undefined, ...(reason === "" ? {} : { reason }) };
}

/** Whose a token of the token door is. */
export function tokenUser(token: string): User | undefined {
  const match = /^ksim\.(system:serviceaccount:([^:.]+):([^.]+))\./.exec(token);
  if (match === null) return undefined;
  const [, name = ""] = match;
  return { name, groups: groupsOf(name) };
}

/** The group of everybody who is known. */
const EVERYBODY = "system:authenticated";

/** The groups that somebody is in by his name alone; the last one is everybody's. */
export function groupsOf(name: string): readonly string[] {
  if (name === "system:anonymous") return ["system:unauthenticated"];
  const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name)?.[1];
  if (namespace === undefined) return [EVERYBODY];
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, EVERYBODY];
}
