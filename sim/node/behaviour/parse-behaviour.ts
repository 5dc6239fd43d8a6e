import { parse as parseYaml } from "yaml";
import { milliValue, parseQuantity, wholeValue } from "../../api/meta/quantity.ts";
import type { Command } from "./declared-command.ts";
import { parseDistribution, readSpan } from "./distribution.ts";
import {
  BEHAVIOUR_FIELDS,
  type Exit,
  type ImageBehaviour,
  type ImagePull,
  type LogLine,
  type ProbeAnswer,
  type ProbeAnswers,
  type Serving,
} from "./image-behaviour.ts";
import type { Usage, UsagePiece } from "./usage.ts";

type Field = keyof ImageBehaviour;
type Reader = (value: unknown, place: string) => unknown;

/** Prefix of annotations that declare a pod's behaviour: `ksim.dev/ready-after: 20s`. */
const ANNOTATION_PREFIX = "ksim.dev/";

const readers: Readonly<Record<Field, Reader>> = {
  size: (value, place) => quantity(value, place, wholeValue),
  pull: readPull,
  startTime: parseDistribution,
  readyAfter: parseDistribution,
  exits: readExit,
  probes: readProbes,
  cpu: (value, place) => readUsage(value, place, milliValue),
  memory: (value, place) => readUsage(value, place, wholeValue),
  logs: readLogs,
  commands: readCommands,
  stopTime: (value, place) => (value === "never" ? "never" : parseDistribution(value, place)),
  stopCode: (value, place) => readInteger(value, place, 0, 255),
  preStopTime: readSpan,
  serves: readServing,
};

/** Reads one image's behaviour as written in a scenario. Throws `RangeError`: place, what was expected, what was found. */
function parseBehaviour(value: unknown, place: string): ImageBehaviour {
  const behaviour: Partial<Record<Field, unknown>> = {};
  for (const [key, given] of Object.entries(record(value, place))) {
    if (!isField(key))
      throw new RangeError(`${place}.${key}: unknown; known are ${BEHAVIOUR_FIELDS.join(", ")}`);
    behaviour[key] = readers[key](given, `${place}.${key}`);
  }
  return behaviour as ImageBehaviour;
}

/** Reads `cluster.images`: behaviour by image name. */
export function parseImages(
  value: Readonly<Record<string, unknown>>,
): Readonly<Record<string, ImageBehaviour>> {
  return Object.fromEntries(
    Object.entries(value).map(([image, given]) => [
      image,
      parseBehaviour(given, `images["${image}"]`),
    ]),
  );
}

/**
 * Reads the behaviour that a pod's annotations declare: for all its containers (`ksim.dev/exits: {after: 5s, code: 1}`)
 * and for one (`ksim.dev/sidecar.stop-time: 3s`). `undefined` when there is none.
 */
export function parseAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
):
  | { readonly all: ImageBehaviour; readonly of: Readonly<Record<string, ImageBehaviour>> }
  | undefined {
  if (annotations === undefined) return undefined;
  const all: Record<string, unknown> = {};
  const of: Record<string, Record<string, unknown>> = {};
  let found = false;
  for (const [name, text] of Object.entries(annotations)) {
    if (!name.startsWith(ANNOTATION_PREFIX)) continue;
    const [container, key] = splitName(name.slice(ANNOTATION_PREFIX.length));
    const field = key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const place = `metadata.annotations["${name}"]`;
    if (!isField(field))
      throw new RangeError(
        `${place}: unknown; known are ${BEHAVIOUR_FIELDS.map(dashed).join(", ")}`,
      );
    const value = readers[field](readText(text, place), place);
    found = true;
    if (container === undefined) all[field] = value;
    else {
      of[container] ??= {};
      (of[container] as Record<string, unknown>)[field] = value;
    }
  }
  return found ? { all, of } : undefined;
}

function splitName(name: string): readonly [container: string | undefined, field: string] {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? [undefined, name] : [name.slice(0, dot), name.slice(dot + 1)];
}

function dashed(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Structured values are written in YAML's short form: `{after: 5s, code: 1}`. */
function readText(text: string, place: string): unknown {
  try {
    return parseYaml(text) as unknown;
  } catch {
    throw new RangeError(`${place}: expected YAML, got ${JSON.stringify(text)}`);
  }
}

function isField(key: string): key is Field {
  return (BEHAVIOUR_FIELDS as readonly string[]).includes(key);
}

function record(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new RangeError(`${place}: expected an object, got ${JSON.stringify(value)}`);
  return value as Readonly<Record<string, unknown>>;
}

function known(
  value: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  place: string,
): void {
  for (const key of Object.keys(value))
    if (!keys.includes(key))
      throw new RangeError(`${place}.${key}: unknown; known are ${keys.join(", ")}`);
}

function quantity(value: unknown, place: string, scale: (text: string) => number): number {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || parseQuantity(text) === undefined)
    throw new RangeError(`${place}: expected a quantity, got ${JSON.stringify(value)}`);
  return scale(text);
}

function readInteger(value: unknown, place: string, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
    throw new RangeError(
      `${place}: expected an integer from ${min} to ${max}, got ${JSON.stringify(value)}`,
    );
  return value;
}

function readPull(value: unknown, place: string): ImagePull {
  const given = record(value, place);
  known(given, ["time", "fails"], place);
  return {
    time:
      given["time"] === undefined ? undefined : parseDistribution(given["time"], `${place}.time`),
    fails: given["fails"] === true,
  };
}

function readExit(value: unknown, place: string): Exit {
  const given = record(value, place);
  known(given, ["after", "code", "times", "message"], place);
  const { times, message } = given;
  return {
    after: parseDistribution(given["after"] ?? "0s", `${place}.after`),
    code: readInteger(given["code"] ?? 0, `${place}.code`, 0, 255),
    times: times === undefined ? undefined : readInteger(times, `${place}.times`, 1, 1_000_000),
    message: typeof message === "string" ? message : undefined,
  };
}

function readProbes(value: unknown, place: string): ProbeAnswers {
  const given = record(value, place);
  known(given, ["readiness", "liveness", "startup"], place);
  return Object.fromEntries(
    Object.entries(given).map(([kind, answers]) => [
      kind,
      readAnswers(answers, `${place}.${kind}`),
    ]),
  );
}

function readAnswers(value: unknown, place: string): readonly ProbeAnswer[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item, at) => {
    const here = `${place}[${at}]`;
    const given = typeof item === "string" ? { answer: item } : record(item, here);
    known(given, ["from", "answer"], here);
    const { answer } = given as { answer?: unknown };
    if (answer !== "success" && answer !== "failure" && answer !== "timeout")
      throw new RangeError(
        `${here}.answer: expected success, failure or timeout, got ${JSON.stringify(answer)}`,
      );
    const from = (given as { from?: unknown }).from;
    return { from: from === undefined ? 0 : readSpan(from, `${here}.from`), answer };
  });
}

function readUsage(value: unknown, place: string, scale: (text: string) => number): Usage {
  if (!Array.isArray(value)) {
    if (typeof value === "object" && value !== null) return [readPiece(value, place, scale)];
    return [{ from: 0, value: quantity(value, place, scale), slope: 0 }];
  }
  const pieces = value.map((item, at) => readPiece(item, `${place}[${at}]`, scale));
  return pieces.toSorted((a, b) => a.from - b.from);
}

/** `{from: 60s, value: 200Mi, growth: 1Mi}`: growth is per second. */
function readPiece(value: unknown, place: string, scale: (text: string) => number): UsagePiece {
  const given = record(value, place);
  known(given, ["from", "value", "growth"], place);
  return {
    from: given["from"] === undefined ? 0 : readSpan(given["from"], `${place}.from`),
    value: quantity(given["value"], `${place}.value`, scale),
    slope: given["growth"] === undefined ? 0 : quantity(given["growth"], `${place}.growth`, scale),
  };
}

function readLogs(value: unknown, place: string): readonly LogLine[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item, at) => {
    const here = `${place}[${at}]`;
    const given = typeof item === "string" ? { text: item } : record(item, here);
    known(given, ["at", "text", "every"], here);
    const { text, at: when, every } = given as { text?: unknown; at?: unknown; every?: unknown };
    if (typeof text !== "string") throw new RangeError(`${here}.text: expected a text`);
    return {
      at: when === undefined ? 0 : readSpan(when, `${here}.at`),
      text,
      every: every === undefined ? undefined : readSpan(every, `${here}.every`),
    };
  });
}

/** `{date: "Thu", "ls /none": {errors: "no such file", code: 2}}`; texts get their last line's end. */
function readCommands(value: unknown, place: string): Readonly<Record<string, Command>> {
  return Object.fromEntries(
    Object.entries(record(value, place)).map(([line, answer]) => {
      const here = `${place}[${JSON.stringify(line)}]`;
      const given = typeof answer === "object" ? record(answer, here) : { output: String(answer) };
      known(given, ["output", "errors", "code"], here);
      const { output = "", errors = "", code = 0 } = given;
      return [
        line,
        {
          output: ended(String(output)),
          errors: ended(String(errors)),
          code: readInteger(code, `${here}.code`, 0, 255),
        },
      ];
    }),
  );
}

const ended = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);

function readServing(value: unknown, place: string): Serving {
  const given = record(value, place);
  known(given, ["capacity", "latency", "errors", "cpuPerRequest"], place);
  const { capacity, latency, errors, cpuPerRequest } = given;
  if (capacity !== undefined && (typeof capacity !== "number" || capacity <= 0))
    throw new RangeError(
      `${place}.capacity: expected requests a second, got ${JSON.stringify(capacity)}`,
    );
  if (errors !== undefined && (typeof errors !== "number" || errors < 0 || errors > 1))
    throw new RangeError(
      `${place}.errors: expected a share from 0 to 1, got ${JSON.stringify(errors)}`,
    );
  return {
    capacity: capacity as number | undefined,
    latency: latency === undefined ? 0 : readSpan(latency, `${place}.latency`),
    errors: (errors as number | undefined) ?? 0,
    cpuPerRequest:
      cpuPerRequest === undefined
        ? 0
        : quantity(cpuPerRequest, `${place}.cpuPerRequest`, (text) => milliValue(text)),
  };
}
