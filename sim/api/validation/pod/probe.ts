import type { Container, LifecycleHandler, Probe } from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { NOT_NEGATIVE, portNumberErrors } from "../names.ts";
import { targetPortErrors } from "../ports.ts";
import type { PodFacts } from "./container.ts";

/** Probes and lifecycle of containers that have them. */
export function runtimeErrors(
  container: Container,
  path: string,
  facts: PodFacts,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { lifecycle } = container;
  for (const hook of ["postStart", "preStop"] as const) {
    const handler = lifecycle?.[hook];
    if (handler === undefined) continue;
    const at = `${path}.lifecycle.${hook}`;
    errors.push(...handlerErrors(handler, at, facts.gracePeriod));
  }
  errors.push(...probeErrors(container.livenessProbe, `${path}.livenessProbe`, true));
  errors.push(...probeErrors(container.readinessProbe, `${path}.readinessProbe`, false));
  const ready = container.readinessProbe?.terminationGracePeriodSeconds;
  if (ready !== undefined) {
    const field = `${path}.readinessProbe.terminationGracePeriodSeconds`;
    errors.push(invalidValue(field, ready, "must not be set for readinessProbes"));
  }
  errors.push(...probeErrors(container.startupProbe, `${path}.startupProbe`, true));
  return errors;
}

function probeErrors(probe: Probe | undefined, path: string, once: boolean): readonly FieldError[] {
  if (probe === undefined) return [];
  const errors = [...handlerErrors(probe, path, undefined)];
  const counts = [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const;
  for (const name of counts) {
    const value = probe[name] ?? 0;
    if (value < 0) errors.push(invalidValue(`${path}.${name}`, value, NOT_NEGATIVE));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    const field = `${path}.terminationGracePeriodSeconds`;
    errors.push(invalidValue(field, grace, "must be greater than 0"));
  }
  if (once && probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    errors.push(invalidValue(`${path}.successThreshold`, probe.successThreshold, "must be 1"));
  }
  return errors;
}

/** The one action of a probe or hook. `gracePeriod` bounds a sleep. */
function handlerErrors(
  handler: LifecycleHandler & Pick<Probe, "grpc">,
  path: string,
  gracePeriod: number | undefined,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  const first = (name: string, check: () => readonly FieldError[]) => {
    if (count > 0) {
      errors.push(forbiddenField(`${path}.${name}`, "may not specify more than 1 handler type"));
      return;
    }
    count++;
    errors.push(...check());
  };
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec !== undefined) {
    first("exec", () =>
      (exec.command ?? []).length === 0 ? [required(`${path}.exec.command`, "")] : [],
    );
  }
  if (httpGet !== undefined) first("httpGet", () => httpErrors(httpGet, `${path}.httpGet`));
  if (tcpSocket !== undefined) {
    first("tcpSocket", () => targetPortErrors(tcpSocket.port, `${path}.tcpSocket.port`));
  }
  if (grpc !== undefined) {
    const field = `${path}.grpc.port`;
    first("grpc", () => invalidEach(field, grpc.port, portNumberErrors(grpc.port)));
  }
  if (sleep !== undefined) {
    first("sleep", () => {
      const limit = gracePeriod ?? 30;
      if (sleep.seconds >= 0 && sleep.seconds <= limit) return [];
      const why = `must be non-negative and less than terminationGracePeriodSeconds (${limit})`;
      return [invalidValue(`${path}.sleep`, sleep.seconds, why)];
    });
  }
  if (count === 0) errors.push(required(path, "must specify a handler type"));
  return errors;
}

function httpErrors(
  get: NonNullable<LifecycleHandler["httpGet"]>,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!get.path) errors.push(required(`${path}.path`, ""));
  errors.push(...targetPortErrors(get.port, `${path}.port`));
  const schemes = ["HTTP", "HTTPS"];
  if (get.scheme !== undefined && !schemes.includes(get.scheme)) {
    errors.push(notSupported(`${path}.scheme`, get.scheme, schemes));
  }
  for (const header of get.httpHeaders ?? []) {
    if (/^[-A-Za-z0-9]+$/.test(header.name)) continue;
    const why =
      "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    errors.push(invalidValue(`${path}.httpHeaders`, header.name, why));
  }
  return errors;
}
