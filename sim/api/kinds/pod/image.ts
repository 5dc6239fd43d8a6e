const TAG = /:[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** Tag of an image reference: `latest` when there is neither tag nor digest, empty when there is only a digest. */
function imageTag(image: string): string {
  const at = image.indexOf("@");
  const name = at < 0 ? image : image.slice(0, at);
  const found = TAG.exec(name.slice(name.lastIndexOf("/") + 1));
  if (found !== null) return found[0].slice(1);
  return at < 0 ? "latest" : "";
}

/** The pull policy that an image gets when none is declared. */
export function pullPolicyOf(image: string): "Always" | "IfNotPresent" {
  return imageTag(image) === "latest" ? "Always" : "IfNotPresent";
}
