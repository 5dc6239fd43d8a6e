import { timestamp } from "../meta/time.ts";
import type { KubeObject, Manifest } from "../object.ts";

/** Shown as the start of every run; nobody wrote these objects. */
const BEGINNING = timestamp(0);

/** A uid that says by its form that it was not drawn: the kind's and the name's letters as numbers. */
function uidOf(text: string): string {
  let hash = 0x811c9dc5;
  let digits = "";
  for (let round = 0; digits.length < 32; round++) {
    for (let at = 0; at < text.length; at++)
      hash = Math.imul(hash ^ (text.charCodeAt(at) + round), 0x01000193) >>> 0;
    digits += hash.toString(16).padStart(8, "0");
  }
  const variant = "89ab"[hash & 3];
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** An object that is there from the start of every cluster without a write: its metadata is made here. */
export function standing<T extends KubeObject>(manifest: Manifest<T>): T {
  const { metadata, kind } = manifest;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      name: metadata.name ?? "",
      uid: uidOf(`${kind}/${metadata.name}`),
      resourceVersion: "1",
      creationTimestamp: BEGINNING,
    },
  } as unknown as T;
}
