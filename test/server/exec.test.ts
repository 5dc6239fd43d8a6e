import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../server/main.ts";
import { createCluster } from "../../sim/cluster.ts";
import { send } from "./http-backend.ts";

const COMMANDS = JSON.stringify({
  "cat /etc/os-release": "NAME=ksim",
  "ls *": { errors: "ls: no such file", code: 2 },
  "ls /big": { output: "x".repeat(100_000) },
});
const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", annotations: { "ksim.dev/commands": COMMANDS } },
  spec: { containers: [{ name: "main", image: "app:1", env: [{ name: "A", value: "b" }] }] },
};
const PODS = "/api/v1/namespaces/default/pods";

let server: RunningServer;
beforeAll(async () => {
  const config = { seed: "exec", detail: "digest", nodes: [{ count: 1 }] } as const;
  server = await serve({ cluster: createCluster(config), pace: "settle" });
  const headers = { "content-type": "application/json" };
  const ended = { name: "ended", annotations: { "ksim.dev/exits": "{after: 1s, code: 0}" } };
  for (const pod of [
    POD,
    { ...POD, metadata: { name: "pending" }, spec: { ...POD.spec, nodeSelector: { no: "node" } } },
    { ...POD, metadata: ended, spec: { ...POD.spec, restartPolicy: "Never" } },
  ])
    await send(server.url, "POST", PODS, headers, JSON.stringify(pod));
});
afterAll(() => server.close());

interface Outcome {
  readonly protocol: string | undefined;
  readonly code: number;
  readonly channels: Readonly<Record<number, string>>;
}

/** Upgrades a request and gathers what comes on each channel; a refusal's body is channel 0. */
function upgrade(
  path: string,
  protocols = "v5.channel.k8s.io",
  type = "websocket",
): Promise<Outcome> {
  const { hostname, port } = new URL(server.url);
  const headers = {
    connection: "Upgrade",
    upgrade: type,
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": protocols,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: hostname, port, path, headers, agent: false });
    request.on("error", reject);
    request.on("response", (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () =>
        resolve({ protocol: undefined, code: response.statusCode ?? 0, channels: { 0: body } }),
      );
    });
    request.on("upgrade", (response, socket, head) => {
      expect(response.headers["sec-websocket-accept"]).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      const chunks: Buffer[] = [head];
      socket.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
      });
      socket.on("end", () => {
        socket.end();
        const protocol = response.headers["sec-websocket-protocol"];
        resolve({ protocol, code: 101, channels: channelsOf(Buffer.concat(chunks)) });
      });
      // A masked closing frame, as clients send it.
      setTimeout(() => socket.write(Buffer.from([0x88, 0x80, 1, 2, 3, 4])), 20);
    });
    request.end();
  });
}

function channelsOf(bytes: Buffer): Record<number, string> {
  const channels: Record<number, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const long = bytes[at + 1] === 126;
    const length = long ? bytes.readUInt16BE(at + 2) : (bytes[at + 1] ?? 0);
    const start = at + (long ? 4 : 2);
    const payload = bytes.subarray(start, start + length);
    if (bytes[at] === 0x82) {
      const channel = payload[0] ?? 0;
      channels[channel] = (channels[channel] ?? "") + payload.subarray(1).toString();
    }
    at = start + length;
  }
  return channels;
}

const exec = (...argv: readonly string[]) =>
  `${PODS}/web/exec?stdout=true&stderr=true&${argv.map((one) => `command=${encodeURIComponent(one)}`).join("&")}`;
const SUCCESS = '{"metadata":{},"status":"Success"}';

describe("exec over a WebSocket", () => {
  it.each<[readonly string[], string | undefined, string | undefined, number]>([
    [["cat", "/etc/os-release"], "NAME=ksim\n", undefined, 0],
    [["sh", "-c", "cat /etc/os-release"], "NAME=ksim\n", undefined, 0],
    [["ls", "/none"], undefined, "ls: no such file\n", 2],
    [["ls", "/big"], `${"x".repeat(100_000)}\n`, undefined, 0],
    [["hostname"], "web\n", undefined, 0],
    [["env"], "HOSTNAME=web\nA=b\n", undefined, 0],
    [["echo", "a", "b"], "a b\n", undefined, 0],
    [["false"], undefined, undefined, 1],
  ])("answers %j as it is declared or known", async (argv, output, errors, code) => {
    const { protocol, channels } = await upgrade(exec(...argv));
    expect(protocol).toBe("v5.channel.k8s.io");
    expect([channels[1], channels[2]]).toEqual([output, errors]);
    if (code === 0) expect(channels[3]).toBe(SUCCESS);
    else
      expect(JSON.parse(channels[3] ?? "")).toMatchObject({
        reason: "NonZeroExitCode",
        details: { causes: [{ reason: "ExitCode", message: String(code) }] },
      });
  });

  it("says of a command that nobody declared how to declare it", async () => {
    const { channels } = await upgrade(exec("vim", "x"));
    expect(channels[2]).toBe(
      'ksim: vim: simulated containers run no processes; declare what "vim x" prints with the annotation ksim.dev/commands\n',
    );
    expect(channels[3]).toContain('"message":"127"');
  });

  it("speaks the older protocol to those who know only that", async () => {
    expect((await upgrade(exec("true"), "v4.channel.k8s.io, channel.k8s.io")).protocol).toBe(
      "v4.channel.k8s.io",
    );
  });

  it.each([
    [`${PODS}/none/exec?command=ls&stdout=true`, 404, 'pods \\"none\\" not found'],
    [
      `${PODS}/web/exec?command=ls&stdout=true&container=x`,
      400,
      "container x is not valid for pod web",
    ],
    [
      `${PODS}/web/exec?stdout=true`,
      400,
      "you must specify at least one command for the container",
    ],
    [`${PODS}/web/exec?command=ls`, 400, "you must specify at least one of stdin, stdout, stderr"],
    [
      `${PODS}/web/attach?container=main`,
      400,
      "you must specify at least one of stdin, stdout, stderr",
    ],
    [`${PODS}/web/attach?stdout=true&container=x`, 400, "container x is not valid for pod web"],
    [`${PODS}/pending/attach?stdout=true`, 400, "pod pending does not have a host assigned"],
    [
      `${PODS}/ended/attach?stdout=true`,
      500,
      "unable to upgrade connection: container main not found in pod ended_default",
    ],
    [
      `${PODS}/ended/exec?command=ls&stdout=true`,
      500,
      'unable to upgrade connection: container not found (\\"main\\")',
    ],
    [`${PODS}/web/portforward`, 501, "nothing listens in a simulated container"],
    ["/api/v1/namespaces/default", 200, '"kind":"Namespace"'],
  ])("answers %s with a plain %d", async (path, code, text) => {
    const answer = await upgrade(path);
    expect(answer.code).toBe(code);
    expect(answer.channels[0]).toContain(text);
  });

  it("asks for an upgrade where none is offered, or one that nobody speaks", async () => {
    const plain = await send(server.url, "GET", exec("true"));
    const spdy = await upgrade(exec("true"), "", "SPDY/3.1");
    for (const [code, text] of [
      [plain.code, plain.text],
      [spdy.code, spdy.channels[0]],
    ] as const) {
      expect(code).toBe(400);
      expect(text).toContain("Upgrade request required");
    }
  });
});
