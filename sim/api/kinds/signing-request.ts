import type { Micros } from "../../engine/time.ts";
import { timestamp } from "../meta/time.ts";
import type { CertificateSigningRequest } from "../types.gen.ts";

type Request = CertificateSigningRequest;
type Condition = NonNullable<NonNullable<Request["status"]>["conditions"]>[number];

/** A request stays as it was made: only its metadata may change. */
export function keepRequest(next: Request, before: Request): Request {
  return next.spec === before.spec ? next : { ...next, spec: before.spec };
}

/** Through the status door conditions of approval stay as they were, as far as there are as many of them. */
export function prepareRequestStatus(next: Request, before: Request, now: Micros): Request {
  const conditions = next.status?.conditions;
  if (conditions === undefined) return next;
  const kept = ["Approved", "Denied"].reduce(
    (list, type) => withInstances(list, before.status?.conditions ?? [], type),
    conditions,
  );
  return { ...next, status: { ...next.status, conditions: withTimes(kept, before, now) } };
}

/** Through the approval door nothing but conditions comes. */
export function prepareApproval(next: Request, before: Request, now: Micros): Request {
  const { metadata, status } = next;
  const conditions = withTimes(status?.conditions ?? [], before, now);
  return { ...before, metadata, status: { ...before.status, conditions } };
}

/** Conditions with those of a type as they were before. */
function withInstances(
  conditions: readonly Condition[],
  before: readonly Condition[],
  wanted: string,
): readonly Condition[] {
  const old = before.filter(({ type }) => type === wanted);
  if (old.length !== conditions.filter(({ type }) => type === wanted).length) return conditions;
  let at = 0;
  return conditions.map((each) => (each.type === wanted ? (old[at++] as Condition) : each));
}

/** Conditions with the times that were left out: now, or when they last changed to what they say. */
function withTimes(
  conditions: readonly Condition[],
  before: Request,
  now: Micros,
): readonly Condition[] {
  return conditions.map((condition) => {
    const { lastUpdateTime = timestamp(now), lastTransitionTime, type, status } = condition;
    const old = before.status?.conditions?.find(
      (one) => one.type === type && one.status === status && one.lastTransitionTime !== undefined,
    );
    return {
      ...condition,
      lastUpdateTime,
      lastTransitionTime: lastTransitionTime ?? old?.lastTransitionTime ?? timestamp(now),
    };
  });
}
