import { existsSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../server/main.ts";
import type { OutsideInput } from "../../server/outside-input.ts";
import { replayInput } from "../../server/outside-input.ts";
import { RestApi } from "../../sim/api/rest/rest-api.ts";
import { createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { send } from "./http-backend.ts";

const config = { seed: "http", detail: "digest", nodes: [{ count: 1 }] } as const;
const JSON_TYPE = { "content-type": "application/json" };
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

function configMap(name: string, data: Record<string, string> = {}): string {
  return JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
}

/** Opens a watch; answers the response and its lines as they come. */
function watch(
  url: string,
  path: string,
  headers = {},
): Promise<{ response: IncomingMessage; lines: string[] }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: hostname, port, path, headers, agent: false },
      (response) => {
        const lines: string[] = [];
        let rest = "";
        response.on("data", (chunk) => {
          const parts = `${rest}${chunk}`.split("\n");
          rest = parts.pop() ?? "";
          lines.push(...parts);
        });
        response.on("error", () => {});
        resolve({ response, lines });
      },
    );
    request.on("error", reject);
    request.end();
  });
}

async function eventually(what: () => boolean): Promise<void> {
  for (let wait = 0; wait < 200; wait++) {
    if (what()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  expect(what()).toBe(true);
}

describe("the server over HTTP", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await serve({ cluster: createCluster(config), pace: "step" });
  });
  afterAll(() => server.close());

  const everybody = "system:authenticated";
  it.each([
    ["bob", undefined, [everybody]],
    ["bob", "dev", ["dev", everybody]],
    ["bob", `dev, ${everybody}`, ["dev", everybody]],
    [
      "system:serviceaccount:shop:web",
      undefined,
      ["system:serviceaccounts", "system:serviceaccounts:shop", everybody],
    ],
    ["system:serviceaccount:shop:web", "dev", ["dev", everybody]],
    ["system:anonymous", undefined, ["system:unauthenticated"]],
  ])("%s with --as-group %s is in %j", async (name, group, groups) => {
    const headers = {
      ...JSON_TYPE,
      "impersonate-user": name,
      ...(group === undefined ? {} : { "impersonate-group": group }),
    };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const answer = await send(server.url, "POST", path, headers, "{}");
    if (name === "system:anonymous") expect(answer.code).toBe(403);
    else expect(JSON.parse(answer.text).status.userInfo.groups).toEqual(groups);
  });

  it("lets an account be taken for others only where it may", async () => {
    const RBAC = "/apis/rbac.authorization.k8s.io/v1";
    const rules = [
      { apiGroups: [""], resources: ["users"], resourceNames: ["bob"], verbs: ["impersonate"] },
    ];
    const subjects = [{ kind: "ServiceAccount", namespace: "default", name: "robot" }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "as-bob" };
    for (const [path, body] of [
      [`${RBAC}/clusterroles`, { metadata: { name: "as-bob" }, rules }],
      [`${RBAC}/clusterrolebindings`, { metadata: { name: "as-bob" }, roleRef, subjects }],
      ["/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "robot" } }],
    ] as const)
      expect((await send(server.url, "POST", path, JSON_TYPE, JSON.stringify(body))).code).toBe(
        201,
      );
    const door = "/api/v1/namespaces/default/serviceaccounts/robot/token";
    const made = await send(server.url, "POST", door, JSON_TYPE, JSON.stringify({ spec: {} }));
    const authorization = `Bearer ${JSON.parse(made.text).status.token}`;
    const review = async (headers: Record<string, string>) => {
      const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
      const all = { ...JSON_TYPE, authorization, ...headers };
      return JSON.parse((await send(server.url, "POST", path, all, "{}")).text);
    };
    const robot = "system:serviceaccount:default:robot";
    expect((await review({})).status.userInfo.username).toBe(robot);
    expect((await review({ "impersonate-user": "bob" })).status.userInfo.username).toBe("bob");
    const cannot = (resource: string, name: string, where = "at the cluster scope") =>
      `${resource} "${name}" is forbidden: User "${robot}" cannot impersonate resource "${resource}" in API group "" ${where}`;
    for (const [headers, message] of [
      [{ "impersonate-user": "al" }, cannot("users", "al")],
      [{ "impersonate-user": "bob", "impersonate-group": "dev" }, cannot("groups", "dev")],
      [
        { "impersonate-user": "system:serviceaccount:shop:web" },
        cannot("serviceaccounts", "web", 'in the namespace "shop"'),
      ],
    ] as const)
      expect(await review(headers)).toMatchObject({ code: 403, reason: "Forbidden", message });
  });

  it.each([
    ["/api/v1/nodes", "application/json"],
    ["/healthz", "text/plain; charset=utf-8"],
  ])("says of %s that it is %s, in the API server's words", async (path, type) => {
    const { headers } = await fetch(`${server.url}${path}`);
    expect(headers.get("content-type")).toBe(type);
  });

  it("refuses a body beyond 3 MiB with 413", async () => {
    const body = configMap("big", { x: "x".repeat(3 * 1024 * 1024) });
    const answer = await send(server.url, "POST", CONFIG_MAPS, JSON_TYPE, body);
    expect(answer.code).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({ kind: "Status", code: 413 });
  });

  it.each([
    ["/../../etc/passwd", 404],
    ["//api//v1", 404],
    ["/api/v1/namespaces/default/pods/..%2f..%2fsecrets", 404],
    ["/api/v1/%zz", 400],
    ["/api/v1/namespaces/default/pods/%00", 404],
    [`/api/v1/${"x/".repeat(2000)}`, 404],
    ["/api/v1/pods?limit=%", 400],
  ])("answers the path %s with %i", async (path, code) => {
    const answer = await send(server.url, "GET", path);
    expect(answer.code).toBe(code);
  });

  it("survives malformed JSON, YAML and protobuf", async () => {
    for (const [type, body] of [
      ["application/json", "{"],
      ["application/yaml", "a: [b"],
      ["application/vnd.kubernetes.protobuf", "k8s\0garbage"],
      ["application/json", "[".repeat(100_000)],
    ] as const) {
      const answer = await send(server.url, "POST", CONFIG_MAPS, { "content-type": type }, body);
      expect(answer.code, answer.text).toBe(400);
    }
  });

  it("survives bytes that are no HTTP", async () => {
    const { hostname, port } = new URL(server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.end("\0\x01garbage\r\n\r\n"));
      socket.on("close", () => resolve());
      socket.on("error", () => resolve());
      socket.resume();
    });
    expect((await send(server.url, "GET", "/healthz")).text).toBe("ok");
  });

  it("speaks YAML when asked", async () => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: b}\n";
    const headers = { "content-type": "application/yaml", accept: "application/yaml" };
    const answer = await send(server.url, "POST", CONFIG_MAPS, headers, yaml);
    expect(answer.code).toBe(201);
    expect(answer.headers["content-type"]).toContain("application/yaml");
    expect(answer.text).toContain("kind: ConfigMap\n");
  });

  it("shows creation times in tables on the client's clock", async () => {
    const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    const path = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    const table = JSON.parse((await send(server.url, "GET", path, { accept })).text);
    const [name, created] = table.rows[0].cells;
    expect(name).toBe("admin");
    expect(created).toBe(table.rows[0].object.metadata.creationTimestamp);
    expect(Math.abs(Date.parse(created) - Date.now())).toBeLessThan(60_000);
  });

  it("gives the OpenAPI v2 document in protobuf, which is the only form kubectl reads", async () => {
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const answer = await send(server.url, "GET", "/openapi/v2", { accept });
    expect(answer.headers["content-type"]).toBe(
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
    );
    // Field 1 (swagger), three bytes long: "2.0".
    expect(answer.text.slice(0, 5)).toBe("\n\u00032.0");
    const json = await send(server.url, "GET", "/openapi/v2");
    expect(JSON.parse(json.text)).toMatchObject({ swagger: "2.0" });
  });

  it("feeds 1,000 watches at once, and loses no write to any of them", async () => {
    const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${server.session.cluster.store.revision}`;
    const watches = await Promise.all(Array.from({ length: 1000 }, () => watch(server.url, path)));
    for (let index = 0; index < 10; index++)
      await send(server.url, "POST", CONFIG_MAPS, JSON_TYPE, configMap(`fed-${index}`));
    await eventually(() => watches.every(({ lines }) => lines.length >= 10));
    for (const { lines } of watches) {
      const names = lines.map((line) => JSON.parse(line).object.metadata.name);
      expect(names).toEqual(Array.from({ length: 10 }, (_, index) => `fed-${index}`));
    }
    for (const { response } of watches) response.destroy();
    await eventually(() => server.session.hub.size === 0);
  }, 60_000);

  it("buffers nothing for a watcher that does not read", async () => {
    const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${server.session.cluster.store.revision}`;
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await eventually(() => server.session.hub.size === 1);
    const data = { x: "x".repeat(200_000) };
    for (let index = 0; index < 60; index++)
      await send(server.url, "POST", CONFIG_MAPS, JSON_TYPE, configMap(`slow-${index}`, data));
    // The kernel's buffers take some; what is not taken must not pile up in the process.
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
    await eventually(() => server.session.hub.size === 0);
  }, 60_000);

  it("moves its clock by hand under the pace of steps", async () => {
    const before = server.session.cluster.now;
    const answer = await send(server.url, "POST", "/ksim/v1/clock", JSON_TYPE, '{"by": "10s"}');
    expect(JSON.parse(answer.text).micros).toBe(before + 10 * SECOND);
    const wrong = await send(server.url, "POST", "/ksim/v1/clock", JSON_TYPE, '{"by": "soon"}');
    const other = await send(server.url, "DELETE", "/ksim/v1/clock");
    expect([wrong.code, other.code]).toEqual([400, 405]);
  });

  it("answers in HTTP/1.1 whoever offers HTTP/2, as Java's client does with every request", async () => {
    const other = await serve({ cluster: createCluster(config), pace: "step" });
    const offer = {
      connection: "Upgrade, HTTP2-Settings",
      upgrade: "h2c",
      "http2-settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    };
    const body = configMap("offered", { text: "x".repeat(100_000) });
    const made = await send(other.url, "POST", CONFIG_MAPS, { ...JSON_TYPE, ...offer }, body);
    expect([made.code, JSON.parse(made.text).metadata.name]).toEqual([201, "offered"]);
    const read = await send(other.url, "GET", `${CONFIG_MAPS}/offered`, offer);
    expect([read.code, JSON.parse(read.text).data.text.length]).toEqual([200, 100_000]);
    const { lines } = await watch(other.url, `${CONFIG_MAPS}?watch=1&resourceVersion=0`, offer);
    await eventually(() => lines.some((line) => line.includes("offered")));
    await other.close();
  });

  it("ends its watches when it is closed, and leaves no kubeconfig behind", async () => {
    const other = await serve({ cluster: createCluster(config), pace: "step" });
    const { response } = await watch(other.url, `${CONFIG_MAPS}?watch=1`);
    const ended = new Promise<void>((resolve) => response.on("close", () => resolve()));
    expect(existsSync(other.kubeconfig)).toBe(true);
    await other.close();
    await ended;
    expect(existsSync(other.kubeconfig)).toBe(false);
  });
});

describe("credentials", () => {
  it("are asked for when a token is set, over TLS with a certificate of our own", async () => {
    const options = { cluster: createCluster(config), pace: "step", token: "secret", tls: true };
    const server = await serve(options);
    const { readFileSync } = await import("node:fs");
    const { parse } = await import("yaml");
    const file = parse(readFileSync(server.kubeconfig, "utf8"));
    const ca = Buffer.from(file.clusters[0].cluster["certificate-authority-data"], "base64");
    const { request } = await import("node:https");
    const get = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve, reject) => {
        const call = request(`${server.url}/api/v1/nodes`, { ca, headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        call.on("error", reject);
        call.end();
      });
    expect(await get({ authorization: `Bearer ${file.users[0].user.token}` })).toBe(200);
    expect(await get({ authorization: "Bearer wrong" })).toBe(401);
    expect(await get({})).toBe(401);
    await server.close();
  });

  it("are asked for before the clock is moved, and whoever has none leaves no trace", async () => {
    const inputs: OutsideInput[] = [];
    const cluster = createCluster(config);
    const server = await serve({
      cluster,
      pace: "step",
      token: "secret",
      record: (input) => inputs.push(input),
    });
    const { now } = cluster;
    const digest = cluster.engine.journal.digest();
    const clock = await send(server.url, "POST", "/ksim/v1/clock", JSON_TYPE, '{"by": "10s"}');
    const write = await send(server.url, "POST", CONFIG_MAPS, JSON_TYPE, configMap("mine"));
    expect([clock.code, write.code]).toEqual([401, 401]);
    expect(inputs).toEqual([]);
    expect(cluster.now).toBe(now);
    expect(cluster.engine.journal.digest()).toBe(digest);
    await server.close();
  });
});

describe("a live session", () => {
  it("ends at the end of an instant, as a replay does", async () => {
    const cluster = createCluster(config);
    const server = await serve({ cluster, pace: "step" });
    const { engine } = cluster;
    while (engine.step() && engine.nextTime() !== cluster.now);
    expect(engine.nextTime()).toBe(cluster.now);
    await server.close();
    expect(engine.nextTime()).toBeGreaterThan(cluster.now);
  });

  it("replays to the same digest from its recorded inputs", async () => {
    const inputs: OutsideInput[] = [];
    const cluster = createCluster(config);
    const server = await serve({ cluster, pace: "settle", record: (input) => inputs.push(input) });
    const labels = { app: "web" };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "x:1" }] } },
      },
    };
    const path = "/apis/apps/v1/namespaces/default/deployments";
    await send(server.url, "POST", path, JSON_TYPE, JSON.stringify(deployment));
    await send(server.url, "GET", `${path}/web`);
    await send(server.url, "DELETE", `${path}/web`);
    const { now } = cluster;
    await server.close();
    const again = createCluster(config);
    const rest = new RestApi(again.api, { virtual: again.virtual });
    for (const input of JSON.parse(JSON.stringify(inputs)) as OutsideInput[])
      replayInput(again, rest, input);
    again.runUntil(now);
    expect(inputs.length).toBe(2);
    expect(again.engine.journal.digest()).toBe(cluster.engine.journal.digest());
  }, 30_000);
});
