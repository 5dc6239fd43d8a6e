import { request as httpRequest, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type RunningServer, serve } from "../../server/main.ts";
import { createCluster } from "../../sim/cluster.ts";
import { send } from "./http-backend.ts";

const PODS = "/api/v1/namespaces/default/pods";
const JSON_TYPE = { "content-type": "application/json" };

let server: RunningServer;
beforeAll(async () => {
  const config = { seed: "logs", detail: "digest", nodes: [{ count: 1 }] } as const;
  server = await serve({ cluster: createCluster(config), pace: "step" });
});
afterAll(() => server.close());

async function advance(by: string): Promise<void> {
  await send(server.url, "POST", "/ksim/v1/clock", JSON_TYPE, JSON.stringify({ by }));
}

/** Follows a log; what was heard so far, and whether it has ended. */
function follow(
  path: string,
): Promise<{ lines: string[]; ended: () => boolean; response: IncomingMessage }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: hostname, port, path, agent: false }, (response) => {
      const lines: string[] = [];
      let ended = false;
      response.on("data", (chunk) => lines.push(...String(chunk).trimEnd().split("\n")));
      response.on("end", () => {
        ended = true;
      });
      resolve({ lines, ended: () => ended, response });
    });
    request.on("error", reject);
    request.end();
  });
}

async function eventually(what: () => unknown, expected: unknown): Promise<void> {
  for (let wait = 0; wait < 200; wait++) {
    try {
      expect(what()).toEqual(expected);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  expect(what()).toEqual(expected);
}

it("a log that is followed goes on with what is printed, line by line, and ends with its container", async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web",
      annotations: { "ksim.dev/logs": "[hello, {at: 10s, text: beat, every: 10s}]" },
    },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "main", image: "app:1" }] },
  };
  await advance("30s");
  await send(server.url, "POST", PODS, JSON_TYPE, JSON.stringify(pod));
  await advance("15s");
  const log = `${PODS}/web/log`;
  const before = (await send(server.url, "GET", log)).text.trimEnd().split("\n");
  const { lines, ended } = await follow(`${log}?follow=true`);
  await eventually(() => lines, before);
  await advance("20s");
  await eventually(() => lines, [...before, "beat", "beat"]);
  expect((await send(server.url, "GET", `${log}?tailLines=1`)).text).toBe("beat\n");
  expect(ended()).toBe(false);
  await send(server.url, "DELETE", `${PODS}/web`);
  await advance("60s");
  await eventually(ended, true);
  expect(server.session.followers.size).toBe(0);
});

it("a log that nobody follows any more costs nothing, and none is left open when the server closes", async () => {
  const other = await serve({
    cluster: createCluster({ seed: "b", detail: "digest", nodes: [{ count: 1 }] }),
    pace: "settle",
  });
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [{ name: "main", image: "app:1" }] },
  };
  await send(other.url, "POST", PODS, JSON_TYPE, JSON.stringify(pod));
  const first = server;
  server = other;
  const { response } = await follow(`${PODS}/web/log?follow=true`);
  const second = await follow(`${PODS}/web/log?follow=true`);
  server = first;
  expect(other.session.followers.size).toBe(2);
  response.destroy();
  await eventually(() => other.session.followers.size, 1);
  await other.close();
  await eventually(second.ended, true);
});

/** Attaches to a container; what was heard on each channel, and whether it has ended. */
function attach(path: string): { channels: Record<number, string>; socket: WebSocket } {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}${path}`, "v5.channel.k8s.io");
  const channels: Record<number, string> = {};
  socket.on("message", (data: Buffer) => {
    const channel = data[0] ?? 0;
    channels[channel] = (channels[channel] ?? "") + data.subarray(1).toString();
  });
  return { channels, socket };
}

it("who attaches hears what the container prints from then on, and success when it ends", async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "job",
      annotations: {
        "ksim.dev/logs": "[hello, {at: 10s, text: beat, every: 10s}]",
        "ksim.dev/exits": "{after: 60s, code: 0}",
      },
    },
    spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:1" }] },
  };
  await send(server.url, "POST", PODS, JSON_TYPE, JSON.stringify(pod));
  await advance("15s");
  const url = `${PODS}/job/attach?stdin=true&stdout=true&stderr=true&container=main`;
  const first = attach(url);
  const deaf = attach(`${PODS}/job/attach?stdin=true`);
  const gone = attach(url);
  await eventually(() => server.session.followers.size, 3);
  const sockets = [first.socket, deaf.socket, gone.socket];
  await eventually(() => sockets.every(({ readyState }) => readyState === WebSocket.OPEN), true);
  first.socket.send(Buffer.from([0, 104, 105, 10]));
  gone.socket.close();
  await eventually(() => server.session.followers.size, 2);
  await advance("20s");
  await eventually(() => first.channels, { 1: "beat\nbeat\n" });
  await advance("60s");
  await eventually(() => first.channels[3], '{"metadata":{},"status":"Success"}');
  await eventually(() => deaf.channels, { 3: '{"metadata":{},"status":"Success"}' });
  await eventually(() => first.socket.readyState, WebSocket.CLOSED);
  expect(server.session.followers.size).toBe(0);
});
