import { decodeBase64Text } from "../kinds/base64.ts";
import { remembered } from "../kinds/fill.ts";
import type { Pod, PodSpec, PodTemplateSpec, Secret, Service } from "../types.gen.ts";

/** Texts that come as `Warning:` headers with a pod. */
export function podWarnings({ spec }: Pod): readonly string[] {
  return spec === undefined ? [] : ownWarnings(spec);
}

const ownWarnings = remembered((spec: PodSpec) => specWarnings(spec, "spec"));

/** The same for pods that come from a template. */
export function templateWarnings(
  template: PodTemplateSpec | undefined,
  path = "spec.template",
): readonly string[] {
  const { spec } = template ?? {};
  return spec === undefined ? [] : specWarnings(spec, `${path}.spec`);
}

function specWarnings(spec: PodSpec, path: string): readonly string[] {
  const texts: string[] = [];
  const spread = spec.topologySpreadConstraints ?? [];
  spread.forEach(({ labelSelector }, index) => {
    if (labelSelector !== undefined) return;
    const field = `${path}.topologySpreadConstraints[${index}].labelSelector`;
    texts.push(`${field}: a null labelSelector results in matching no pod`);
  });
  (spec.imagePullSecrets ?? []).forEach(({ name = "" }, index) => {
    if (name === "") texts.push(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`);
  });
  for (const [key, list] of Object.entries({
    initContainers: spec.initContainers ?? [],
    containers: spec.containers ?? [],
  })) {
    list.forEach((container, index) => {
      const names = new Set<string>();
      (container.env ?? []).forEach(({ name }, nth) => {
        if (names.has(name)) {
          const field = `${path}.${key}[${index}].env[${nth}]`;
          texts.push(
            `${field}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
          );
        }
        names.add(name);
      });
    });
  }
  return texts;
}

/** Texts that come with a service. */
export function serviceWarnings({ spec }: Service): readonly string[] {
  return (spec?.externalIPs?.length ?? 0) > 0
    ? ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"]
    : [];
}

/** Texts that come with a secret: what its certificate looks like. */
export function secretWarnings({ type, data = {} }: Secret): readonly string[] {
  if (type !== "kubernetes.io/tls") return [];
  for (const [key, name] of [
    ["tls.crt", "certificate"],
    ["tls.key", "key"],
  ] as const) {
    const text = decodeBase64Text(data[key] ?? "");
    if (!text.includes("-----BEGIN ")) {
      return [`tls: failed to find any PEM data in ${name} input`];
    }
  }
  return [];
}
