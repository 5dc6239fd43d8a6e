import { ApiError, forbidden } from "../../api-error.ts";
import { applyDefaults } from "../../kinds/strategy.ts";
import { deepEqual } from "../../meta/equal.ts";
import type { KubeObject } from "../../object.ts";
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
} from "../../types.gen.ts";
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from "../plugin.ts";
import { reinvocationOf } from "../reinvocation.ts";
import { Budget, BudgetSpent, conditionsHold, policyVariables } from "./expressions.ts";
import { type Concern, concernsOf } from "./invocations.ts";
import { applyConfiguration, applyPatchList, MutationError } from "./mutation.ts";

type Policy = MutatingAdmissionPolicy;
type Binding = MutatingAdmissionPolicyBinding;
type Seen = AdmissionRequest & { readonly object: KubeObject };

const NAME = "MutatingAdmissionPolicy";

/** A policy that could not do its work. */
interface Failure {
  readonly concern: Concern<Policy, Binding>;
  readonly why: string;
  readonly reason?: string;
}

/** Changes objects by policies written in CEL, where a binding says so. */
export const mutatingAdmissionPolicy: AdmissionPlugin = {
  name: NAME,
  idleWithout: `${NAME}Binding`,
  mutate(request, reader) {
    const concerns = concernsOf<Policy, Binding>(NAME, request, reader);
    if (concerns.length === 0) return request.object;
    const round = reinvocationOf(request).round(NAME);
    round.begin(request.object);
    const failures: Failure[] = [];
    let { object } = request;
    for (const concern of concerns) {
      if ("error" in concern.params) {
        failures.push({ concern, why: `failed to configure binding: ${concern.params.error}` });
        continue;
      }
      for (const param of concern.params) {
        const key = keyOf(concern, param);
        if (!round.includes(key)) continue;
        const before = object;
        const attempt = invoke(concern, param, { ...request, object }, reader);
        if (attempt === undefined) continue;
        object = attempt.object;
        failures.push(...attempt.failures);
        const policy = concern.policy.spec?.reinvocationPolicy;
        round.invoked(key, !deepEqual(before, object), policy);
      }
    }
    refuseFailures(request, failures);
    round.end(object);
    return object;
  },
};

function keyOf(
  { policy, binding }: Concern<Policy, Binding>,
  param: KubeObject | undefined,
): string {
  const { namespace = "", name = "" } = param?.metadata ?? {};
  return `${policy.metadata.name}/${binding.metadata.name}/${namespace}/${name}`;
}

/** Runs the mutations of a policy in their order; undefined when its conditions leave the request out. */
function invoke(
  concern: Concern<Policy, Binding>,
  param: KubeObject | undefined,
  request: Seen,
  reader: AdmissionReader,
): { readonly object: KubeObject; readonly failures: readonly Failure[] } | undefined {
  const { spec = {} } = concern.policy;
  const failures: Failure[] = [];
  const fail = (why: string) => failures.push({ concern, why, reason: "Invalid" });
  let { object } = request;
  if (spec.matchConditions !== undefined) {
    const conditions = policyVariables(spec, param, request, reader, new Budget());
    const held = conditionsHold(spec.matchConditions, conditions);
    if (held === false) return undefined;
    if (typeof held === "string") {
      fail(held);
      return { object, failures };
    }
  }
  for (const mutation of spec.mutations ?? []) {
    try {
      object = mutated(mutation, spec, param, { ...request, object }, reader);
    } catch (error) {
      if (!(error instanceof MutationError || error instanceof BudgetSpent)) throw error;
      fail(error.message);
    }
  }
  return { object, failures };
}

function mutated(
  { patchType, applyConfiguration: configuration, jsonPatch }: Mutation,
  spec: NonNullable<Policy["spec"]>,
  param: KubeObject | undefined,
  request: Seen,
  reader: AdmissionReader,
): KubeObject {
  const budget = new Budget();
  const variables = policyVariables(spec, param, request, reader, budget);
  const isPatch = patchType === "JSONPatch";
  const expression = (isPatch ? jsonPatch : configuration)?.expression ?? "";
  const outcome = budget.evaluate(expression, variables);
  if ("error" in outcome) throw new MutationError(outcome.error);
  const { object, descriptor } = request;
  const next = isPatch
    ? applyPatchList(object, outcome.value)
    : applyConfiguration(object, outcome.value, descriptor, reader);
  return applyDefaults(descriptor, next);
}

function refuseFailures(request: AdmissionRequest, failures: readonly Failure[]): void {
  const counted = failures.filter(({ concern }) => concern.policy.spec?.failurePolicy !== "Ignore");
  const [first] = counted;
  if (first === undefined) return;
  const texts = counted.map(
    ({ concern: { policy, binding }, why }) =>
      `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${why}`,
  );
  const causes = texts.map((message) => ({ message }));
  const { code, reason, status } = forbidden(request.descriptor, request.name, "", causes);
  throw new ApiError(code, first.reason ?? reason, texts[0] ?? "", status.details);
}
