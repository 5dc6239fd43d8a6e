/** `pods`, `deployments.apps`: a resource as error messages name it. */
export function resourceName(descriptor: { group: string; plural: string }): string {
  return descriptor.group === "" ? descriptor.plural : `${descriptor.plural}.${descriptor.group}`;
}

/** `Pod`, `Deployment.apps`: a kind as validation messages name it. */
export function kindName(descriptor: { group: string; kind: string }): string {
  return descriptor.group === "" ? descriptor.kind : `${descriptor.kind}.${descriptor.group}`;
}
