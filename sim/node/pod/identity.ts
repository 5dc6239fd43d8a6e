import { hashHigh, hashLow, hashStart, hashText, hashWord } from "../../engine/hash.ts";
import { withoutTag } from "../behaviour/behaviours.ts";

const imageIds = new Map<string, string>();
const MOST_IMAGES = 10_000;

/** 64 hexadecimal digits that follow from texts and a number: identities that need no random draw. */
export function digits(text: string, extra: string, count: number): string {
  let all = "";
  hashStart();
  hashText(text);
  hashText(extra);
  hashWord(count);
  for (let part = 0; part < 4; part++) {
    hashWord(part);
    all += hex(hashHigh()) + hex(hashLow());
  }
  return all;
}

/** Identity of a container: the n-th run of a name in a pod. */
export function containerId(podUid: string, name: string, run: number): string {
  return `containerd://${digits(podUid, name, run)}`;
}

/** Digest under which an image is known to the runtime. */
export function imageId(image: string): string {
  const known = imageIds.get(image);
  if (known !== undefined) return known;
  const id = `${withoutTag(image)}@sha256:${digits(image, "image", 0)}`;
  if (imageIds.size >= MOST_IMAGES) imageIds.clear();
  imageIds.set(image, id);
  return id;
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(word: number): string {
  let digits = "";
  for (let shift = 24; shift >= 0; shift -= 8) digits += BYTES[(word >>> shift) & 0xff];
  return digits;
}
