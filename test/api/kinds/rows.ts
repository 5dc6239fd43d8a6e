import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Rows of a golden file of the API. */
export function goldenRows<T>(name: string): T[] {
  const path = new URL(`../../golden/api/${name}.jsonl.gz`, import.meta.url);
  return gunzipSync(readFileSync(path))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
