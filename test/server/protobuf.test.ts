import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../server/main.ts";
import { decodeProtobuf, encodeProtobuf } from "../../sim/api/protobuf/codec.ts";
import { createCluster } from "../../sim/cluster.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly bytes: Buffer;
}

let server: RunningServer;
beforeAll(async () => {
  const config = { seed: "protobuf", detail: "digest", nodes: [{ count: 1 }] } as const;
  server = await serve({ cluster: createCluster(config), pace: "step" });
});
afterAll(() => server.close());

/** Makes a request and answers the bytes; of a watch as soon as there are some. */
function ask(method: string, path: string, accept: string, body?: Uint8Array): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  const headers = {
    accept,
    ...(body === undefined ? {} : { "content-type": PROTOBUF, "content-length": body.length }),
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: hostname, port, method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        const done = () => {
          const { statusCode: code = 0 } = response;
          resolve({
            code,
            type: response.headers["content-type"] ?? "",
            bytes: Buffer.concat(chunks),
          });
        };
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          if (!path.includes("watch=")) return;
          done();
          response.destroy();
        });
        response.on("end", done);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

async function both(path: string): Promise<{ protobuf: any; json: any }> {
  const protobuf = await ask("GET", path, `${PROTOBUF},application/json`);
  const json = await ask("GET", path, "application/json");
  expect(protobuf.type).toBe(PROTOBUF);
  expect(protobuf.code).toBe(json.code);
  return { protobuf: decodeProtobuf(protobuf.bytes), json: JSON.parse(json.bytes.toString()) };
}

describe("a client that asks for protobuf", () => {
  it("gets objects, lists and failures in it", async () => {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data: { k: "v" },
    };
    const body = encodeProtobuf(object) as Uint8Array;
    const created = await ask("POST", CONFIG_MAPS, PROTOBUF, body);
    expect([created.code, created.type]).toEqual([201, PROTOBUF]);
    expect(decodeProtobuf(created.bytes)).toMatchObject(object);
    for (const path of [
      `${CONFIG_MAPS}/a`,
      "/api/v1/nodes",
      "/api/v1/namespaces",
      `${CONFIG_MAPS}/none`,
    ]) {
      const { protobuf, json } = await both(path);
      // JSON says of absent times that they are null.
      expect(JSON.parse(JSON.stringify(protobuf))).toMatchObject(
        JSON.parse(
          JSON.stringify(json, (key, value) =>
            value === null || (key === "metadata" && Object.keys(value).length === 0)
              ? undefined
              : value,
          ),
        ),
      );
    }
  });

  it("gets the frames of a watch with their lengths", async () => {
    const { type, bytes } = await ask("GET", `${CONFIG_MAPS}?watch=1`, PROTOBUF);
    expect(type).toBe(`${PROTOBUF};stream=watch`);
    const length = bytes.readUInt32BE(0);
    const frame = bytes.subarray(4, 4 + length);
    // WatchEvent: field 1 the type, field 2 a message whose field 1 is the body.
    expect(frame.subarray(0, 7).toString("latin1")).toBe("\n\u0005ADDED");
    expect(decodeProtobuf(frame.subarray(frame.indexOf("k8s\0")))).toMatchObject({
      kind: "ConfigMap",
    });
  });

  it("gets JSON where there is no message, if it takes that, and tables as JSON", async () => {
    const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
    expect(
      (await ask("GET", CONFIG_MAPS, `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io,${table}`)).type,
    ).toMatch("application/json");
    const partial = `${PROTOBUF};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`;
    const list = await ask("GET", CONFIG_MAPS, partial);
    expect(list.type).toBe(PROTOBUF);
    expect(decodeProtobuf(list.bytes)).toMatchObject({ kind: "PartialObjectMetadataList" });
  });
});
