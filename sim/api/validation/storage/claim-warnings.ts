import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "../../types.gen.ts";
import { goQuote } from "../go-text.ts";
import { nanosOf } from "../resources.ts";

/** The annotation that named a storage class before there was a field. */
export const BETA_CLASS = "volume.beta.kubernetes.io/storage-class";
/** What is said about it. */
export const OLD_CLASS = `metadata.annotations[${BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`;

/** Texts about a claim's spec. */
export function claimSpecWarnings(
  { resources = {} }: PersistentVolumeClaimSpec,
  path: string,
): readonly string[] {
  return (["requests", "limits"] as const).flatMap((key) => {
    const value = resources[key]?.["storage"];
    if (value === undefined || nanosOf(value) % 1_000_000_000n === 0n) return [];
    const why = `fractional byte value ${goQuote(value)} is invalid, must be an integer`;
    return [`${path}.resources.${key}[storage]: ${why}`];
  });
}

/** Texts that come with a claim. */
export function claimWarnings({ metadata, spec = {} }: PersistentVolumeClaim): readonly string[] {
  const old = metadata.annotations?.[BETA_CLASS] === undefined ? [] : [OLD_CLASS];
  return [...old, ...claimSpecWarnings(spec, "spec")];
}
