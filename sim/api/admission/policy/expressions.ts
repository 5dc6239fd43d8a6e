import { isAllowed, withStandingRoles } from "../../access.ts";
import { CelAuthorizer, type Decide } from "../../cel/libraries/authorizer.ts";
import { compile } from "../../cel/program.ts";
import { CelFailure, celValue } from "../../cel/values.ts";
import type { KubeObject } from "../../object.ts";
import type { Variable } from "../../types.gen.ts";
import type { AdmissionReader, AdmissionRequest } from "../plugin.ts";
import { requestFacts } from "../rule-match.ts";

/** Variables of an expression of admission. */
export type Variables = Readonly<Record<string, unknown>>;

/** What all expressions of a policy may cost for one request (`RuntimeCELCostBudget`). */
const POLICY_BUDGET = 10_000_000;
/** What match conditions may cost (`RuntimeCELCostBudgetMatchConditions`). */
const CONDITIONS_BUDGET = 2_500_000;
const SPENT =
  "validation failed due to running out of cost budget, no further validation rules will be run";

/** All expressions together cost too much. */
export class BudgetSpent extends Error {
  override readonly name = "BudgetSpent";

  constructor() {
    super(SPENT);
  }
}

/** What is left for the expressions of one request. */
export class Budget {
  #left: number;

  constructor(left: number = POLICY_BUDGET) {
    this.#left = left;
  }

  /** Evaluates within what is left. Mistakes are outcomes. Throws `BudgetSpent`. */
  evaluate(
    expression: string,
    variables: Variables,
  ): { readonly value: unknown } | { readonly error: string } {
    const program = compile(expression);
    if (program.problem !== undefined)
      return { error: `compilation error: compilation failed: ${program.problem}` };
    const outcome = program.evaluate(variables);
    this.pay(outcome.cost);
    if ("value" in outcome) return { value: outcome.value };
    return { error: `expression '${expression}' resulted in error: ${outcome.error}` };
  }

  /** Throws `BudgetSpent`. */
  pay(cost: number): void {
    this.#left -= cost;
    if (this.#left < 0) throw new BudgetSpent();
  }
}

/** Whether all conditions hold; a text when one cannot be told and none is false. */
export function conditionsHold(
  conditions: readonly { readonly expression: string }[] = [],
  variables: Variables,
): boolean | string {
  const budget = new Budget(CONDITIONS_BUDGET);
  const problems: string[] = [];
  try {
    for (const { expression } of conditions) {
      const outcome = budget.evaluate(expression, variables);
      if ("error" in outcome) problems.push(outcome.error);
      else if (outcome.value === false) return false;
    }
  } catch (error) {
    if (error instanceof BudgetSpent) return error.message;
    throw error;
  }
  if (problems.length === 0) return true;
  return problems.length === 1 ? (problems[0] ?? "") : `[${problems.join(", ")}]`;
}

/** What every expression of admission knows: the object before and after, the request, and what its user may do. */
export function requestVariables(
  request: AdmissionRequest,
  reader: AdmissionReader,
): Record<string, unknown> {
  const { object, before } = request;
  return {
    object: celValue(object),
    oldObject: celValue(before),
    request: celValue(requestFacts(request)),
    authorizer: authorizerOf(request, reader),
  };
}

function authorizerOf(request: AdmissionRequest, reader: AdmissionReader): CelAuthorizer {
  const { descriptor, namespace = "", name, subresource = "", user } = request;
  const decide: Decide = (question, account) => {
    const asking = account === undefined ? user : { name: account, groups: groupsOf(account) };
    return isAllowed(withStandingRoles(reader), asking, question);
  };
  const { group, plural: resource } = descriptor;
  return new CelAuthorizer(decide, { group, resource, subresource, namespace, name });
}

/** Groups of a service account by its full name (serviceaccount `MakeGroupNames`). */
function groupsOf(account: string): readonly string[] {
  const [, , namespace = ""] = account.split(":");
  const every = "system:serviceaccounts";
  return [every, `${every}:${namespace}`, "system:authenticated"];
}

/** What the expressions of a policy know; its own variables are evaluated when they are first read. */
export function policyVariables(
  policy: {
    readonly paramKind?: unknown;
    readonly variables?: readonly Variable[];
  },
  param: KubeObject | undefined,
  request: AdmissionRequest,
  reader: AdmissionReader,
  budget: Budget,
): Variables {
  const { namespace } = request;
  const home = namespace === undefined ? undefined : reader.get("Namespace", namespace);
  const variables = requestVariables(request, reader);
  variables["namespaceObject"] = celValue(home);
  if (policy.paramKind !== undefined) variables["params"] = celValue(param);
  variables["variables"] = lazily(policy.variables ?? [], variables, budget);
  return variables;
}

function lazily(declared: readonly Variable[], variables: Variables, budget: Budget): object {
  const named = {};
  const known = new Map<string, unknown>();
  for (const { name, expression } of declared) {
    Object.defineProperty(named, name, {
      enumerable: true,
      get: () => {
        if (!known.has(name)) known.set(name, variableValue(name, expression, variables, budget));
        return known.get(name);
      },
    });
  }
  return named;
}

function variableValue(
  name: string,
  expression: string,
  variables: Variables,
  budget: Budget,
): unknown {
  const program = compile(expression);
  const quoted = JSON.stringify(name);
  if (program.problem !== undefined) {
    throw new CelFailure(
      `composited variable ${quoted} fails to compile: compilation failed: ${program.problem}`,
    );
  }
  const outcome = program.evaluate(variables);
  budget.pay(outcome.cost);
  if ("value" in outcome) return outcome.value;
  throw new CelFailure(`composited variable ${quoted} fails to evaluate: ${outcome.error}`);
}
