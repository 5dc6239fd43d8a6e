import type { Manifest } from "../../api/object.ts";
import type {
  ControllerRevision,
  Pod,
  PodTemplateSpec,
  StatefulSet,
  Volume,
} from "../../api/types.gen.ts";
import { REVISION_HASH, templateOf } from "../controller-history/revisions.ts";
import { podFromTemplate } from "../runtime/pods.ts";

export const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";

/** First ordinal of a StatefulSet. */
export function startOf({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0;
}

/** Ordinal of a pod by its name; `undefined` for a pod that is none of this StatefulSet's. */
export function ordinalOf(
  { metadata: set }: StatefulSet,
  { metadata: pod }: Pod,
): number | undefined {
  if (!pod.name.startsWith(`${set.name}-`)) return undefined;
  const text = pod.name.slice(set.name.length + 1);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Revision a pod was made from. */
export function revisionNameOf({ metadata }: Pod): string {
  return metadata.labels?.[REVISION_HASH] ?? "";
}

/** Labels that tell a pod's name and ordinal. */
export function identityLabels(
  name: string,
  ordinal: number,
): Readonly<Record<typeof POD_NAME | typeof POD_INDEX, string>> {
  return { [POD_NAME]: name, [POD_INDEX]: String(ordinal) };
}

export function claimName(set: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${ordinal}`;
}

/** The pod of an ordinal, of a revision: named, labelled, with its own host name and claims. */
export function statefulPod(
  set: StatefulSet,
  revision: ControllerRevision,
  ordinal: number,
): Manifest<Pod> {
  const template = templateOf(revision);
  const name = `${set.metadata.name}-${ordinal}`;
  const { generateName: _, ...metadata } = podFromTemplate(template, set).metadata;
  const { spec } = podFromTemplate(template, set);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      generateName: `${set.metadata.name}-`,
      name,
      labels: {
        ...metadata.labels,
        ...identityLabels(name, ordinal),
        [REVISION_HASH]: revision.metadata.name,
      },
    },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec.serviceName === undefined || set.spec.serviceName === ""
        ? {}
        : { subdomain: set.spec.serviceName }),
      ...volumesOf(set, template, ordinal),
    },
  };
}

/** Claims first, then the template's other volumes; a claim takes the place of a volume of its name. */
function volumesOf(
  set: StatefulSet,
  template: PodTemplateSpec,
  ordinal: number,
): { readonly volumes?: readonly Volume[] } {
  const claims = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, metadata.name, ordinal) },
  }));
  const names = new Set(claims.map(({ name }) => name));
  const others = (template.spec?.volumes ?? []).filter(({ name }) => !names.has(name));
  const volumes = [...claims, ...others];
  return volumes.length === 0 ? {} : { volumes };
}
