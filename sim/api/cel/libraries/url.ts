import type { Environment } from "@marcbachmann/cel-js";
import { CelFailure } from "../values.ts";

/** A URL in an expression, taken apart. */
class CelUrl {
  readonly #parts: UrlParts;

  constructor(parts: UrlParts) {
    this.#parts = parts;
  }

  static partsOf(url: CelUrl): UrlParts {
    return url.#parts;
  }
}

interface UrlParts {
  readonly scheme: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
  readonly query: Readonly<Record<string, readonly string[]>>;
}

const URL_PARTS =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:[^/?@]*@)?((\[[0-9A-Fa-f:.%]+\]|[^/?:[\]]*)(?::(\d*))?))?([^?]*)(?:\?(.*))?$/;

/** Go's `ParseRequestURI`: an absolute URL or an absolute path; the text after `#` belongs to the rest. */
function readUrl(text: string): CelUrl | string {
  const parse = `parse ${JSON.stringify(text)}:`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Go refuses
  if (/[\u0000-\u001f\u007f]/.test(text))
    return `${parse} net/url: invalid control character in URL`;
  if (text === "") return `${parse} empty url`;
  if (/^:/.test(text)) return `${parse} missing protocol scheme`;
  const match = URL_PARTS.exec(text);
  if (match === null) return `${parse} invalid URI for request`;
  const [, scheme = "", host = "", name = "", port = "", path = "", query = ""] = match;
  if (scheme === "" && !text.startsWith("/")) return `${parse} invalid URI for request`;
  if (scheme !== "" && host === "" && !path.startsWith("/"))
    return `${parse} invalid URI for request`;
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) {
    const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(path)?.[0] ?? "%";
    return `${parse} invalid URL escape ${JSON.stringify(bad)}`;
  }
  if (/\s/.test(host)) return `${parse} invalid character " " in host name`;
  return new CelUrl({
    scheme: scheme.toLowerCase(),
    host,
    hostname: name.replace(/^\[|\]$/g, ""),
    port,
    path: path.replace(/[^\x21-\x7e]|["<>\\^`{|}]/g, percentEncoded),
    query: queryOf(query),
  });
}

const percentEncoded = (text: string): string => encodeURIComponent(text);

function queryOf(text: string): Readonly<Record<string, readonly string[]>> {
  const query: Record<string, string[]> = {};
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const key = unescaped(at < 0 ? pair : pair.slice(0, at));
    const value = unescaped(at < 0 ? "" : pair.slice(at + 1));
    query[key] = [...(query[key] ?? []), value];
  }
  return query;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** URLs: `url("https://a:80/b?c=d").getHostname()`. */
export function registerUrls(environment: Environment): void {
  environment
    .registerType("URL", CelUrl)
    .registerFunction("url(string): URL", (text: string) => {
      const url = readUrl(text);
      if (typeof url !== "string") return url;
      throw new CelFailure(`URL parse error during conversion from string: ${url}`);
    })
    .registerFunction("isURL(string): bool", (text: string) => typeof readUrl(text) !== "string")
    .registerFunction("URL.getQuery(): map<string, list<string>>", (url: CelUrl) => ({
      ...CelUrl.partsOf(url).query,
    }));
  for (const [name, part] of [
    ["getScheme", "scheme"],
    ["getHost", "host"],
    ["getHostname", "hostname"],
    ["getPort", "port"],
    ["getEscapedPath", "path"],
  ] as const) {
    environment.registerFunction(
      `URL.${name}(): string`,
      (url: CelUrl) => CelUrl.partsOf(url)[part],
    );
  }
}
