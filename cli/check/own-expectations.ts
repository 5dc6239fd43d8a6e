import { kindOf } from "../../sim/scenario/expect/condition-test.ts";
import type { Expectation, PartialObject, Scenario } from "../../sim/scenario/model.ts";

/** A law of the user's own that a scenario is held to. */
interface OwnLaw {
  /** Name of the law itself; the expectation may have another. */
  readonly law: string;
  readonly expectation: Expectation;
  /** Place among the scenario's expectations. */
  readonly index: number;
}

/** What a custom object is to come to. */
export interface ConvergenceRule {
  readonly name: string;
  readonly wanted: PartialObject;
  /** Place among the scenario's expectations. */
  readonly index: number;
}

/** The laws of modules that a scenario names. Those that ksim brings are watched without being named. */
export function ownLaws(
  { expectations }: Scenario,
  names: readonly string[] | undefined,
): readonly OwnLaw[] {
  return expectations.flatMap((expectation, index) => {
    const { condition, mode } = expectation;
    if (condition.kind !== "invariant" || condition.watch === undefined || mode !== "always")
      return [];
    const law = condition.name;
    if (names !== undefined && !names.includes(law)) return [];
    // Two expectations may share a name: outcomes are told apart by it.
    return [{ law, index, expectation: { ...expectation, name: `${expectation.name}/${index}` } }];
  });
}

/**
 * What a scenario expects of custom objects in the end. Of kinds that Kubernetes has it is known better what faults
 * may do to them: a Job whose pods are killed may well fail.
 */
export function ownConvergence({ expectations }: Scenario): readonly ConvergenceRule[] {
  return expectations.flatMap(({ name, mode, condition }, index) =>
    mode === "eventually" && condition.kind === "match" && kindOf(condition.wanted).includes(".")
      ? [{ name, wanted: condition.wanted, index }]
      : [],
  );
}
