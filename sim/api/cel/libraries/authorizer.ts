import type { Environment } from "@marcbachmann/cel-js";

/** What an expression asks about access. */
export interface CelAccessQuestion {
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly verb?: string;
}

/** Answers an access question of the requesting user, or of a service account: why it is allowed, or `undefined`. */
export type Decide = (question: CelAccessQuestion, account?: string) => string | undefined;

/** The variable `authorizer` of admission expressions. */
export class CelAuthorizer {
  readonly #decide: Decide;
  readonly #account: string | undefined;
  /** A check of the resource that is being admitted. */
  readonly requestResource: CelAccessCheck;

  constructor(decide: Decide, requested: CelAccessQuestion, account?: string) {
    this.#decide = decide;
    this.#account = account;
    this.requestResource = new CelAccessCheck(decide, requested, account);
  }

  static check(authorizer: CelAuthorizer, question: CelAccessQuestion): CelAccessCheck {
    return new CelAccessCheck(authorizer.#decide, question, authorizer.#account);
  }

  static as(authorizer: CelAuthorizer, account: string): CelAuthorizer {
    return new CelAuthorizer(authorizer.#decide, {}, account);
  }
}

/** A question that is being put together. */
class CelAccessCheck {
  readonly #decide: Decide;
  readonly #question: CelAccessQuestion;
  readonly #account: string | undefined;

  constructor(decide: Decide, question: CelAccessQuestion, account: string | undefined) {
    this.#decide = decide;
    this.#question = question;
    this.#account = account;
  }

  static and(check: CelAccessCheck, more: CelAccessQuestion): CelAccessCheck {
    return new CelAccessCheck(check.#decide, { ...check.#question, ...more }, check.#account);
  }

  static answer(check: CelAccessCheck, verb: string): CelDecision {
    return new CelDecision(check.#decide({ ...check.#question, verb }, check.#account));
  }
}

/** An answer about access. */
class CelDecision {
  readonly #why: string | undefined;

  constructor(why: string | undefined) {
    this.#why = why;
  }

  static whyOf(decision: CelDecision): string | undefined {
    return decision.#why;
  }
}

/** Access checks: `authorizer.group("apps").resource("deployments").check("create").allowed()`. */
export function registerAuthorizer(environment: Environment): void {
  const [authorizer, check, decision] = ["Authorizer", "AccessCheck", "Decision"].map(
    (name) => `kubernetes.authorization.${name}`,
  );
  environment
    .registerType(`${authorizer}`, CelAuthorizer)
    .registerType(`${check}`, CelAccessCheck)
    .registerType(`${decision}`, CelDecision)
    .registerFunction(
      `${authorizer}.serviceAccount(string, string): ${authorizer}`,
      (from: CelAuthorizer, namespace: string, name: string) =>
        CelAuthorizer.as(from, `system:serviceaccount:${namespace}:${name}`),
    )
    .registerFunction(`${authorizer}.path(string): ${check}`, (from: CelAuthorizer, path: string) =>
      CelAuthorizer.check(from, { path }),
    )
    .registerFunction(
      `${authorizer}.group(string): ${check}`,
      (from: CelAuthorizer, group: string) => CelAuthorizer.check(from, { group }),
    )
    .registerFunction(`${check}.check(string): ${decision}`, CelAccessCheck.answer)
    .registerFunction(
      `${decision}.allowed(): bool`,
      (answer: CelDecision) => CelDecision.whyOf(answer) !== undefined,
    )
    .registerFunction(
      `${decision}.reason(): string`,
      (answer: CelDecision) => CelDecision.whyOf(answer) ?? "",
    )
    .registerFunction(`${decision}.errored(): bool`, () => false)
    .registerFunction(`${decision}.error(): string`, () => "");
  for (const part of ["resource", "subresource", "namespace", "name"] as const) {
    environment.registerFunction(
      `${check}.${part}(string): ${check}`,
      (from: CelAccessCheck, value: string) => CelAccessCheck.and(from, { [part]: value }),
    );
  }
  // Roles know no selectors: what they allow of a resource they allow of any part of it.
  for (const selector of ["fieldSelector", "labelSelector"])
    environment.registerFunction(
      `${check}.${selector}(string): ${check}`,
      (from: CelAccessCheck) => from,
    );
}
