import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../server/main.ts";
import { createCluster } from "../../sim/cluster.ts";
import { send } from "./http-backend.ts";

const PODS = "/api/v1/namespaces/default/pods";
let server: RunningServer;
beforeAll(async () => {
  const config = { seed: "hard", detail: "digest", nodes: [{ count: 1 }] } as const;
  server = await serve({ cluster: createCluster(config), pace: "step" });
});
afterAll(() => server.close());

/** Opens a connection of our own; answers it with what came back so far. */
function dial(): { readonly socket: Socket; readonly heard: () => string } {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => {});
  return { socket, heard: () => text };
}

/** What the server says to bytes until it closes the connection. */
function say(bytes: string): Promise<string> {
  const { socket, heard } = dial();
  return new Promise((resolve) => {
    socket.on("close", () => resolve(heard()));
    socket.write(bytes);
  });
}

const alive = async () => (await send(server.url, "GET", "/readyz")).code;

describe("a server that is treated badly", () => {
  it.each([
    "/api/v1/namespaces/default/../../../etc/passwd",
    "/../../etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    `${PODS}/%00`,
    `${PODS}/a%2Fb`,
    `${PODS}/%zz`,
    "//api//v1//pods",
    "/api/v1/namespaces/../namespaces/default/pods/x",
    "/apis/__proto__/v1/constructor",
    "/ksim/../../etc/passwd",
    "/ksim/v1/clock/../../..",
    `/${"a/".repeat(4000)}`,
    `${PODS}?${"x=1&".repeat(2000)}limit=x`,
  ])("answers %s as what it is: nothing of ours", async (path) => {
    const [, code = ""] =
      /^HTTP\/1\.1 (\d+)/.exec(
        await say(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      ) ?? [];
    expect(Number(code)).toBeGreaterThanOrEqual(400);
    expect(Number(code)).toBeLessThan(500);
    expect(await alive()).toBe(200);
  });

  it.each([
    [
      "a target that is a whole address",
      "GET http://elsewhere/api/v1/pods HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    ["a target that is none", "GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
    ["headers without end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(100_000)}\r\n\r\n`],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  ])("refuses %s", async (_, bytes) => {
    expect(await say(bytes)).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(await alive()).toBe(200);
  });

  it("answers others while many are slow to send what they promised", async () => {
    const slow = Array.from({ length: 200 }, dial);
    const head = `POST ${PODS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a`;
    for (const { socket } of slow) socket.write(head);
    const body = JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "quick" },
    });
    const path = "/api/v1/namespaces/default/configmaps";
    const headers = { "content-type": "application/json" };
    expect((await send(server.url, "POST", path, headers, body)).code).toBe(201);
    for (const { socket } of slow) socket.destroy();
    expect((await send(server.url, "GET", `${path}/quick`)).code).toBe(200);
    expect((await send(server.url, "GET", `${PODS}`)).text).toContain('"items":[]');
  });
});
