import { expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";

/** A row: what is wrong, the part of the object that is, and what is said behind "… is invalid: ". */
export type Row = readonly [what: string, part: object, says: string];

/** A row about a change: the part before and after it. */
export type ChangeRow = readonly [what: string, before: object, after: object, says: string];

function server() {
  const bare = bareApi();
  request(bare, "POST", "/api/v1/namespaces/default/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default" },
  });
  return bare;
}

function said(body: unknown): string {
  const { message = "" } = body as { message?: string };
  return message.slice(message.indexOf("invalid: ") + 9);
}

/** Objects that are refused when they are made. */
export function check(path: string, make: (part: any) => object, rows: readonly Row[]): void {
  it.each(rows)("says what is wrong with %s", (_what, part, says) => {
    const { code, body } = request(server(), "POST", path, make(part));
    expect([code, said(body)]).toEqual([422, says]);
  });
}

/** Changes of top-level parts that are refused, through the door when one is named. */
export function checkChange(
  path: string,
  make: (part: any) => object,
  rows: readonly ChangeRow[],
  door = "",
): void {
  it.each(rows)("refuses %s", (_what, before, after, says) => {
    const bare = server();
    const made = request(bare, "POST", path, make(before));
    expect(made.code, JSON.stringify(made.body)).toBe(201);
    const stored = made.body as { metadata: { name: string }; spec: object };
    const next = make(after) as { metadata: object; spec: object };
    const { code, body } = request(bare, "PUT", `${path}/${stored.metadata.name}${door}`, {
      ...stored,
      ...next,
      metadata: { ...stored.metadata, ...next.metadata },
      spec: { ...stored.spec, ...next.spec },
    });
    expect([code, said(body)]).toEqual([422, says]);
  });
}

/** Warnings that come with objects that are made. */
export function checkWarnings(
  path: string,
  make: (part: any) => object,
  rows: readonly (readonly [what: string, part: object, ...says: string[]])[],
): void {
  it.each(rows)("warns of %s", (_what, part, ...says) => {
    const { code, warnings } = request(server(), "POST", path, make(part));
    expect([code, warnings.map((text) => text.replace(/^299 - /, ""))]).toEqual([201, says]);
  });
}

/** An object called x with a spec. */
export const withSpec = (spec: object) => ({ metadata: { name: "x" }, spec });

/** An object called x with these members. */
export const plain = (part: object) => ({ metadata: { name: "x" }, ...part });
