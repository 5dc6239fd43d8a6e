import type { DaemonSet, Deployment } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { atMostAllErrors, figureOf, type IntOrText, intOrPercentErrors } from "../numbers.ts";

/** apps `ValidateDeploymentStrategy`. */
export function strategyErrors(
  strategy: NonNullable<NonNullable<Deployment["spec"]>["strategy"]>,
): readonly FieldError[] {
  const path = "spec.strategy";
  const { type = "", rollingUpdate } = strategy;
  if (type === "Recreate") {
    const why = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate === undefined ? [] : [forbiddenField(`${path}.rollingUpdate`, why)];
  }
  if (type !== "RollingUpdate") {
    const shown = { Type: type, RollingUpdate: shownRollout(rollingUpdate) };
    return [notSupported(path, shown, ["Recreate", "RollingUpdate"])];
  }
  const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
  const at = `${path}.rollingUpdate`;
  const errors = [
    ...intOrPercentErrors(maxUnavailable, `${at}.maxUnavailable`),
    ...intOrPercentErrors(maxSurge, `${at}.maxSurge`),
  ];
  if (figureOf(maxUnavailable) === 0 && figureOf(maxSurge) === 0) {
    const why = "may not be 0 when `maxSurge` is 0";
    errors.push(invalidValue(`${at}.maxUnavailable`, maxUnavailable ?? 0, why));
  }
  errors.push(...atMostAllErrors(maxUnavailable, `${at}.maxUnavailable`));
  return errors;
}

/** A rollout's limits as upstream's internal type prints them. */
function shownRollout(
  rollout: { readonly maxUnavailable?: IntOrText; readonly maxSurge?: IntOrText } | undefined,
) {
  if (rollout === undefined) return null;
  return { MaxUnavailable: rollout.maxUnavailable ?? 0, MaxSurge: rollout.maxSurge ?? 0 };
}

/** apps `ValidateDaemonSetUpdateStrategy`. */
export function daemonStrategyErrors(
  strategy: NonNullable<NonNullable<DaemonSet["spec"]>["updateStrategy"]>,
): readonly FieldError[] {
  const { type = "", rollingUpdate } = strategy;
  const path = "spec.updateStrategy";
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate") {
    const shown = { Type: type, RollingUpdate: shownRollout(rollingUpdate) };
    return [notSupported(path, shown, ["RollingUpdate", "OnDelete"])];
  }
  const at = `${path}.rollingUpdate`;
  if (rollingUpdate === undefined) return [required(at, "")];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const errors = [
    ...intOrPercentErrors(maxUnavailable, `${at}.maxUnavailable`),
    ...intOrPercentErrors(maxSurge, `${at}.maxSurge`),
  ];
  errors.push(...atMostAllErrors(maxUnavailable, `${at}.maxUnavailable`));
  errors.push(...atMostAllErrors(maxSurge, `${at}.maxSurge`));
  const unavailable = figureOf(maxUnavailable);
  const surge = figureOf(maxSurge);
  if (unavailable !== 0 && surge !== 0) {
    const why = "may not be set when maxUnavailable is non-zero";
    errors.push(invalidValue(`${at}.maxSurge`, maxSurge, why));
  }
  if (unavailable === 0 && surge === 0) {
    errors.push(required(`${at}.maxUnavailable`, "cannot be 0 when maxSurge is 0"));
  }
  return errors;
}
