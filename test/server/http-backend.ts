import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { RestRequest, RestResponse } from "../../sim/api/rest/request.ts";
import type { Backend } from "../rest/backend.ts";

/** An answer as it came over the wire. */
export interface HttpAnswer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Makes one HTTP request, byte for byte as told. */
export function send(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Uint8Array,
): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url);
  // Node writes no length for a DELETE with a body by itself.
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: hostname, port, method, path, headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** A server behind HTTP as the judges want it. Without a user it sends credentials that nobody knows. */
export function httpBackend(url: string): Backend {
  return {
    settle: () => {},
    handle: async (request: RestRequest): Promise<RestResponse> => {
      const { method, path, contentType, accept, userAgent, body, user } = request;
      const answer = await send(
        url,
        method,
        path,
        {
          ...(contentType === undefined ? {} : { "content-type": contentType }),
          ...(accept === undefined ? {} : { accept }),
          ...(userAgent === undefined ? {} : { "user-agent": userAgent }),
          ...(user === null ? { authorization: "Bearer unknown" } : {}),
        },
        body === undefined ? undefined : String(body),
      );
      const { headers, code, text } = answer;
      const retryAfter = headers["retry-after"];
      return {
        code,
        contentType: headers["content-type"] ?? "",
        body: parsed(text),
        warnings: warningsOf(headers),
        ...(retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) }),
      };
    },
  };
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text.split("\n")[0] ?? "") as unknown;
  } catch {
    return text;
  }
}

function warningsOf(headers: IncomingHttpHeaders): readonly string[] {
  const raw = headers["warning"];
  const all = (Array.isArray(raw) ? raw.join(", ") : (raw ?? "")) as string;
  return [...all.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );
}
