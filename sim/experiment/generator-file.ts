import { parseSpan } from "../engine/time.ts";
import { type Distribution, parseDistribution } from "../node/behaviour/distribution.ts";
import { type Generator, type PodClass, parseAmount } from "./generator.ts";

/** A generator as an experiment writes it; its shape has been checked. */
export interface GeneratorText {
  readonly pods?: number;
  readonly until?: string;
  readonly arrivals?: unknown;
  readonly classes: readonly {
    readonly name?: string;
    readonly weight?: number;
    readonly requests?: Readonly<Record<string, unknown>>;
    readonly runs?: unknown;
    readonly together?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly priority?: number;
    readonly spec?: Readonly<Record<string, unknown>>;
  }[];
}

/** Hears of what is wrong, and where below the generator. */
type Report = (path: readonly (string | number)[], message: string) => void;

/** Reads a generator. */
export function readGenerator(given: GeneratorText, report: Report): Generator {
  if (given.pods === undefined && given.until === undefined)
    report([], "expected pods or until: something must end the arrivals");
  if (given.classes.length === 0) report(["classes"], "expected at least one class of pods");
  else if (!given.classes.some(({ weight = 1 }) => weight > 0))
    report(["classes"], "expected a class whose weight is above 0");
  const arrivals = readSpans(given.arrivals ?? "0", ["arrivals"], report);
  if (arrivals === 0 && given.pods === undefined)
    report(["pods"], "expected pods: without time between arrivals they never end");
  return {
    pods: given.pods ?? (arrivals === 0 ? 1 : undefined),
    until: given.until === undefined ? undefined : parseSpan(given.until),
    arrivals,
    classes: given.classes.map((one, at) => readClass(one, at, report)),
  };
}

function readClass(given: GeneratorText["classes"][number], at: number, report: Report): PodClass {
  const { labels, annotations, nodeSelector, priority, spec } = given;
  const path = ["classes", at] as const;
  return {
    name: given.name ?? (at === 0 ? "pod" : `pod-${at + 1}`),
    weight: given.weight ?? 1,
    requests: Object.fromEntries(
      Object.entries(given.requests ?? {}).map(([resource, value]) => {
        const amount = attempt(
          () => parseAmount(value, resource),
          [...path, "requests", resource],
          report,
        );
        return [resource, amount ?? 0];
      }),
    ),
    runs: given.runs === undefined ? undefined : readSpans(given.runs, [...path, "runs"], report),
    together: given.together ?? 1,
    labels,
    annotations,
    nodeSelector,
    priority,
    spec,
  };
}

function readSpans(
  value: unknown,
  path: readonly (string | number)[],
  report: Report,
): Distribution {
  return attempt(() => parseDistribution(value, String(path.at(-1))), path, report) ?? 0;
}

function attempt<T>(
  read: () => T,
  path: readonly (string | number)[],
  report: Report,
): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(path, error.message);
    return undefined;
  }
}
