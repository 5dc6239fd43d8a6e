import type {
  FlowSchema,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
} from "../../types.gen.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsSubdomainErrors } from "../names.ts";
import { flowRuleErrors } from "./flow-rules.ts";

const HIGHEST_PRECEDENCE = 10_000;
const MOST_QUEUES = 10_000_000;
const MOST_BITS = 60;
const METHODS = ["ByNamespace", "ByUser"];

/** flowcontrol `ValidateFlowSchema`, without metadata. */
export function flowSchemaErrors({ metadata, spec }: FlowSchema): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { matchingPrecedence: precedence = 0, distinguisherMethod, rules = [] } = spec ?? {};
  const say = (why: string) =>
    errors.push(invalidValue("spec.matchingPrecedence", precedence, why));
  if (precedence <= 0) say("must be a positive value");
  if (precedence > HIGHEST_PRECEDENCE) say(`must not be greater than ${HIGHEST_PRECEDENCE}`);
  if (precedence === 1 && metadata.name !== "exempt") {
    say("only the schema named 'exempt' may have matchingPrecedence 1");
  }
  const { type = "" } = distinguisherMethod ?? {};
  if (distinguisherMethod !== undefined && !METHODS.includes(type)) {
    errors.push(notSupported("spec.distinguisherMethod.type", { Type: type }, METHODS));
  }
  const level = spec?.priorityLevelConfiguration?.name ?? "";
  const field = "spec.priorityLevelConfiguration.name";
  if (level === "") errors.push(required(field, "must reference a priority level"));
  else errors.push(...invalidEach(field, level, dnsSubdomainErrors(level)));
  rules.forEach((rule, index) => {
    errors.push(...flowRuleErrors(rule, `spec.rules[${index}]`));
  });
  return errors;
}

/** flowcontrol `ValidatePriorityLevelConfiguration`, without metadata. */
export function priorityLevelErrors({
  metadata,
  spec,
}: PriorityLevelConfiguration): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { type = "", limited, exempt } = spec ?? {};
  if ((metadata.name === "exempt") !== (type === "Exempt")) {
    const why = "must be 'Exempt' if and only if `name` is 'exempt'";
    errors.push(invalidValue("spec.type", type, why));
  }
  if (type === "Exempt") {
    if (limited !== undefined) {
      errors.push(forbiddenField("spec.limited", "must be nil if the type is not Limited"));
    }
    if (exempt !== undefined) errors.push(...sharesErrors(exempt, "spec.exempt"));
  } else if (type === "Limited") {
    if (exempt !== undefined) {
      errors.push(forbiddenField("spec.exempt", "must be nil if the type is Limited"));
    }
    if (limited === undefined) {
      errors.push(required("spec.limited", "must not be empty when type is Limited"));
    } else errors.push(...limitedErrors(limited));
  } else errors.push(notSupported("spec.type", type, ["Exempt", "Limited"]));
  return errors;
}

function limitedErrors(limited: LimitedPriorityLevelConfiguration): readonly FieldError[] {
  const at = "spec.limited";
  const errors: FieldError[] = [];
  const { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent } = limited;
  errors.push(...sharesErrors({ nominalConcurrencyShares }, at));
  errors.push(...responseErrors(limited.limitResponse, `${at}.limitResponse`));
  errors.push(...sharesErrors({ lendablePercent }, at));
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const why = "if specified, must be a non-negative integer";
    errors.push(invalidValue(`${at}.borrowingLimitPercent`, borrowingLimitPercent, why));
  }
  return errors;
}

interface Shares {
  readonly nominalConcurrencyShares?: number | undefined;
  readonly lendablePercent?: number | undefined;
}

function sharesErrors(
  { nominalConcurrencyShares: shares, lendablePercent: lent }: Shares,
  at: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (shares !== undefined && shares < 0) {
    const why = "must be a non-negative integer";
    errors.push(invalidValue(`${at}.nominalConcurrencyShares`, shares, why));
  }
  if (lent !== undefined && (lent < 0 || lent > 100)) {
    const why = "must be between 0 and 100, inclusive";
    errors.push(invalidValue(`${at}.lendablePercent`, lent, why));
  }
  return errors;
}

function responseErrors(response: LimitResponse | undefined, at: string): readonly FieldError[] {
  const { type = "", queuing } = response ?? {};
  if (type === "Reject") {
    const why = "must be nil if limited.limitResponse.type is not Limited";
    return queuing === undefined ? [] : [forbiddenField(`${at}.queuing`, why)];
  }
  if (type !== "Queue") return [notSupported(`${at}.type`, type, ["Queue", "Reject"])];
  if (queuing === undefined) {
    const why = "must not be empty if limited.limitResponse.type is Limited";
    return [required(`${at}.queuing`, why)];
  }
  const errors: FieldError[] = [];
  const { queueLengthLimit = 0, queues = 0, handSize = 0 } = queuing;
  const say = (key: string, value: number, why: string) =>
    errors.push(invalidValue(`${at}.queuing.${key}`, value, why));
  if (queueLengthLimit <= 0) say("queueLengthLimit", queueLengthLimit, "must be positive");
  if (queues <= 0) say("queues", queues, "must be positive");
  else if (queues > MOST_QUEUES) {
    say("queues", queues, `must not be greater than ${MOST_QUEUES}`);
  }
  if (handSize <= 0) say("handSize", handSize, "must be positive");
  else if (handSize > queues) {
    say("handSize", handSize, `should not be greater than queues (${queues})`);
  } else if (outnumbersHashes(queues, handSize)) {
    const what = `required entropy bits of deckSize ${queues} and handSize ${handSize}`;
    say("handSize", handSize, `${what} should not be greater than ${MOST_BITS}`);
  }
  return errors;
}

/** Whether there are more hands than a hash tells apart (shuffle sharding `RequiredEntropyBits`). */
function outnumbersHashes(deckSize: number, handSize: number): boolean {
  const most = 2n ** BigInt(MOST_BITS);
  let hands = 1n;
  for (let dealt = 0; deckSize > 1 && dealt < handSize && hands <= most; dealt++) {
    hands *= BigInt(deckSize);
  }
  return hands > most;
}
