/** Pulls that a fault makes fail. */
export interface BrokenPull {
  /** Part of the image's name; empty means all. */
  readonly image: string;
  /** One node, or all when absent. */
  readonly node: string | undefined;
}

/** What containerd says of an image that a registry does not have. */
export function imageNotFound(image: string): string {
  return pullMessage(image, `${imageReference(image)}: not found`, "NotFound");
}

/** What containerd says when the registry cannot be reached. */
export function registryUnreachable(image: string): string {
  return pullMessage(image, "dial tcp: lookup registry: no such host", "Unknown");
}

function pullMessage(image: string, why: string, code: string): string {
  const name = imageReference(image);
  return `rpc error: code = ${code} desc = failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${why}`;
}

/** An image's full name: the default registry and tag added. */
function imageReference(image: string): string {
  const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  const first = image.split("/")[0] ?? "";
  if (image.includes("/") && /[.:]|^localhost$/.test(first)) return tagged;
  return image.includes("/") ? `docker.io/${tagged}` : `docker.io/library/${tagged}`;
}
