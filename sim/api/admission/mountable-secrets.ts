import type { Container, Pod, ServiceAccount } from "../types.gen.ts";

const ENFORCED = "kubernetes.io/enforce-mountable-secrets";

/** Why an account that shares only the secrets it lists refuses a pod; `undefined` when it does not. */
export function secretsRefusal(pod: Pod, account: ServiceAccount): string | undefined {
  if (!enforces(account)) return undefined;
  const { volumes = [], initContainers = [], containers = [] } = pod.spec;
  const listed = new Set((account.secrets ?? []).map(({ name }) => name));
  const hidden = volumes.find(({ secret }) => secret && !listed.has(secret.secretName));
  if (hidden !== undefined) {
    return `volume with secret.secretName="${hidden.secret?.secretName ?? ""}" ${notListed(account)}`;
  }
  return (
    environmentRefusal(initContainers, "init container", account) ??
    environmentRefusal(containers, "container", account) ??
    pullSecretRefusal(pod, account)
  );
}

/** The same of the ephemeral containers that a pod is given later. */
export function ephemeralSecretsRefusal(pod: Pod, account: ServiceAccount): string | undefined {
  if (!enforces(account)) return undefined;
  return environmentRefusal(pod.spec.ephemeralContainers ?? [], "ephemeral container", account);
}

/** Why a pod that mirrors a node's own one is refused: it may refer to nothing of the API. */
export function mirrorRefusal({ spec }: Pod): string | undefined {
  const { volumes = [], initContainers = [], containers = [] } = spec;
  if (spec.serviceAccountName) return "a mirror pod may not reference service accounts";
  const usesSecrets =
    (spec.imagePullSecrets ?? []).length > 0 ||
    volumes.some(
      ({ secret, projected }) => secret ?? projected?.sources?.some((one) => one.secret),
    ) ||
    [...initContainers, ...containers].some(
      ({ env = [], envFrom = [] }) =>
        env.some(({ valueFrom }) => valueFrom?.secretKeyRef) ||
        envFrom.some(({ secretRef }) => secretRef),
    );
  if (usesSecrets) return "a mirror pod may not reference secrets";
  const usesToken = volumes.some(({ projected }) =>
    projected?.sources?.some((one) => one.serviceAccountToken),
  );
  return usesToken ? "a mirror pod may not use ServiceAccountToken volume projections" : undefined;
}

function enforces({ metadata }: ServiceAccount): boolean {
  return /^(1|t|T|TRUE|true|True)$/.test(metadata.annotations?.[ENFORCED] ?? "");
}

function notListed({ metadata }: ServiceAccount): string {
  return `is not allowed because service account ${metadata.name} does not reference that secret`;
}

function environmentRefusal(
  containers: readonly Pick<Container, "name" | "env" | "envFrom">[],
  word: string,
  account: ServiceAccount,
): string | undefined {
  const listed = new Set((account.secrets ?? []).map(({ name }) => name));
  for (const { name, env = [], envFrom = [] } of containers) {
    const from = (what: string, secret: string) =>
      `${word} ${name} with ${what} referencing secret.secretName="${secret}" ${notListed(account)}`;
    for (const variable of env) {
      const secret = variable.valueFrom?.secretKeyRef;
      if (secret !== undefined && !listed.has(secret.name)) {
        return from(`envVar ${variable.name}`, secret.name ?? "");
      }
    }
    for (const { secretRef } of envFrom) {
      if (secretRef !== undefined && !listed.has(secretRef.name)) {
        return from("envFrom", secretRef.name ?? "");
      }
    }
  }
  return undefined;
}

function pullSecretRefusal({ spec }: Pod, account: ServiceAccount): string | undefined {
  const listed = new Set((account.imagePullSecrets ?? []).map(({ name }) => name));
  const pulled = spec.imagePullSecrets ?? [];
  const index = pulled.findIndex(({ name }) => !listed.has(name));
  if (index < 0) return undefined;
  return `imagePullSecrets[${index}].name="${pulled[index]?.name ?? ""}" is not allowed because service account ${account.metadata.name} does not reference that imagePullSecret`;
}
