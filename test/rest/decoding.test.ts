import { describe, expect, it } from "vitest";
import { decode } from "../../sim/api/schema/decode.ts";
import { bareApi } from "./bare-api.ts";

/* Values of the wrong type: what upstream's decoder says, behind `Pod in version "v1" cannot be handled as a Pod: `. */

const PODS = "/api/v1/namespaces/default/pods";
const says = (found: string, place: string, type: string) =>
  `json: cannot unmarshal ${found} into Go struct field ${place} of type ${type}`;
const QUANTITY =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const LAYOUT = "2006-01-02T15:04:05Z07:00";

function answer(part: object, query = "", raw?: string) {
  const body = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, ...part };
  const bare = bareApi();
  const { code, body: got } = bare.rest.handle({
    method: "POST",
    path: PODS + query,
    contentType: "application/json",
    userAgent: "test/1",
    body: raw ?? JSON.stringify(body),
  });
  const { message = "" } = got as { message?: string };
  return [code, message.replace('Pod in version "v1" cannot be handled as a Pod: ', "")];
}

const spec = (part: object) => ({ spec: { containers: [{ name: "m", image: "i", ...part }] } });
const born = (creationTimestamp: unknown) => ({ metadata: { name: "p", creationTimestamp } });
const asks = (cpu: unknown) => spec({ resources: { requests: { cpu } } });

describe("a value of the wrong type", () => {
  it.each<[string, object, string]>([
    [
      "a number for a text",
      spec({ image: 1 }),
      says("number", "Container.spec.containers.image", "string"),
    ],
    ["a text for an object", { spec: "x" }, says("string", "Pod.spec", "v1.PodSpec")],
    [
      "a text for a list's item",
      { spec: { containers: ["x"] } },
      says("string", "PodSpec.spec.containers", "v1.Container"),
    ],
    [
      "an object for a list",
      { spec: { containers: {} } },
      says("object", "PodSpec.spec.containers", "[]v1.Container"),
    ],
    [
      "a list for a map",
      { metadata: { labels: [] } },
      says("array", "ObjectMeta.metadata.labels", "map[string]string"),
    ],
    [
      "a number for a label",
      { metadata: { labels: { a: 1 } } },
      says("number", "ObjectMeta.metadata.labels", "string"),
    ],
    [
      "a text for a switch",
      { spec: { hostNetwork: "yes" } },
      says("string", "PodSpec.spec.hostNetwork", "bool"),
    ],
    [
      "a part of a number",
      { spec: { priority: 1.5 } },
      says("number 1.5", "PodSpec.spec.priority", "int32"),
    ],
    [
      "a number that is too large",
      { spec: { priority: 3_000_000_000 } },
      says("number 3000000000", "PodSpec.spec.priority", "int32"),
    ],
    [
      "a switch for a port",
      spec({ livenessProbe: { tcpSocket: { port: true } } }),
      says("bool", "TCPSocketAction.spec.containers.livenessProbe.tcpSocket.port", "int32"),
    ],
    ["a quantity with two points", asks("1.2.3"), QUANTITY],
    ["an empty quantity", asks(""), QUANTITY],
    ["a quantity of a strange unit", asks("1ki"), "unable to parse quantity's suffix"],
    ["a switch for a quantity", asks(true), QUANTITY],
    [
      "a day for a time",
      born("2026-01-01"),
      `parsing time "2026-01-01" as "${LAYOUT}": cannot parse "" as "T"`,
    ],
    [
      "a time in a month that is none",
      born("2026-13-01T00:00:00Z"),
      'parsing time "2026-13-01T00:00:00Z": month out of range',
    ],
    [
      "a time on a day that is none",
      born("2026-02-30T00:00:00Z"),
      'parsing time "2026-02-30T00:00:00Z": day out of range',
    ],
    [
      "a number for a time",
      born(5),
      says("number", "ObjectMeta.metadata.creationTimestamp", "string"),
    ],
  ])("is refused: %s", (_what, part, words) => {
    expect(answer(part)).toEqual([400, words]);
  });
});

describe("fields under strict validation", () => {
  const strict = (raw: string) => answer({}, "?fieldValidation=Strict", raw);
  const start = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}';
  it.each([
    [
      "twice",
      `${start},"spec":{"nodeName":"a","nodeName":"b"}}`,
      'duplicate field "spec.nodeName"',
    ],
    [
      "twice, and those of no type in between",
      `${start},"y":1,"spec":{"nodeName":"a","x":1,"nodeName":"b","nodeName":"c"},"z":1}`,
      'unknown field "y", unknown field "spec.x", duplicate field "spec.nodeName", unknown field "z"',
    ],
    ["of another case", `${start},"Spec":{}}`, 'unknown field "Spec"'],
    ["twice, of no type", `${start},"x":{"a":1,"a":2},"x":{}}`, 'unknown field "x"'],
  ])("are refused that stand there %s", (_what, raw, words) => {
    expect(strict(raw)).toEqual([400, `strict decoding error: ${words}`]);
  });
});

describe("numbers with a fraction or an exponent", () => {
  const written = (part: string) =>
    `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":${part}}`;
  it.each([
    ["1.0", "PodSpec.spec.priority", "int32", '{"priority":1.0}'],
    ["1e3", "PodSpec.spec.activeDeadlineSeconds", "int64", '{"activeDeadlineSeconds":1e3}'],
  ])("%s is no integer", (literal, field, type, part) => {
    expect(answer({}, "", written(part))).toEqual([
      400,
      `json: cannot unmarshal number ${literal} into Go struct field ${field} of type ${type}`,
    ]);
  });

  it("are quantities as they are written", () => {
    const { object } = decode(
      { kind: "Pod", version: "v1", type: "core.v1.Pod" },
      { spec: { overhead: { cpu: 1000 } } },
      new Map([["spec.overhead.cpu", "1e3"]]),
    );
    expect(object).toMatchObject({ spec: { overhead: { cpu: "1e3" } } });
  });
});

describe("a key that stands twice in YAML", () => {
  const body = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: x\n  a: y\n";
  const post = (query: string) => {
    const path = `/api/v1/namespaces/default/configmaps${query}`;
    const { rest } = bareApi();
    return rest.handle({ method: "POST", path, contentType: "application/yaml", body });
  };

  it("counts with its last value", () => {
    expect(post("?fieldValidation=Ignore")).toMatchObject({
      code: 201,
      body: { data: { a: "y" } },
    });
  });

  it("is refused by strict validation, with its line", () => {
    expect(post("?fieldValidation=Strict")).toMatchObject({
      code: 400,
      body: {
        message:
          'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 7: key "a" already set in map',
      },
    });
  });
});

describe("a body that does not tell its kind", () => {
  const PREFIX = "the object provided is unrecognized (must be of type Pod): ";
  const said = (type: string, body: string) => {
    const { body: got } = bareApi().rest.handle({
      method: "POST",
      path: PODS,
      contentType: type,
      userAgent: "test/1",
      body,
    });
    return (got as { message: string }).message.replace(PREFIX, "");
  };

  it.each([
    ["a: [", "yaml: line 1: did not find expected node content (613a205b)"],
    ["a: b: c", "yaml: line 1: mapping values are not allowed in this context (613a20623a2063)"],
    ["a:\n\tb: 1", "yaml: line 2: found character that cannot start any token (613a0a09623a2031)"],
  ])("%j is malformed YAML", (text, words) => {
    expect(said("application/yaml", text)).toBe(words);
  });

  it("has a version of two parts at most", () => {
    const body = '{"kind":"Pod","apiVersion":"a/b/c"}';
    expect(said("application/json", body)).toBe(
      'unexpected GroupVersion string: a/b/c ({"kind":"Pod","apiVersion":"a/ ...)',
    );
  });
});
