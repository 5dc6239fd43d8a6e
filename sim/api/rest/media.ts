import { notAcceptable } from "../api-error.ts";

/** How an answer is to be written. */
export interface Representation {
  readonly format: "json" | "yaml" | "protobuf";
  /** The answer's shape: the object itself, a table, or metadata alone. */
  readonly as: "object" | "table" | "metadata";
}

const plain: Representation = { format: "json", as: "object" };
const metaGroups: readonly string[] = ["v1", "v1beta1"];

/** Media types of answers, in upstream's order. */
const offered =
  "application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
const offeredCustom =
  "application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

/** Media type of Kubernetes' protobuf. */
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** Whether an Accept header asks for protobuf before anything else. */
export function prefersProtobuf(accept: string | undefined): boolean {
  return accept?.startsWith(PROTOBUF) === true;
}

/**
 * Chooses what an Accept header asks for; custom resources are not offered as protobuf, nor is what has no message.
 * Throws `ApiError` 406 when nothing asked for can be served.
 */
export function negotiate(
  accept: string | undefined,
  custom = false,
  hasMessage: (as: Representation["as"]) => boolean = () => false,
): Representation {
  if (accept === undefined || accept === "" || accept === "*/*" || accept === "application/json")
    return plain;
  for (const clause of accept.split(",")) {
    const found = readClause(clause);
    if (found === undefined) continue;
    if (found.format !== "protobuf" || (!custom && hasMessage(found.as))) return found;
  }
  throw notAcceptable(
    `406: Not Acceptable\n\nAvailable representations: ${custom ? offeredCustom : offered}`,
  );
}

function readClause(clause: string): Representation | undefined {
  const [type = "", ...parameters] = clause.split(";").map((part) => part.trim());
  const format = formatOf(type);
  if (format === undefined) return undefined;
  const values = new Map(
    parameters.map((parameter) => {
      const at = parameter.indexOf("=");
      return [parameter.slice(0, at), parameter.slice(at + 1)] as const;
    }),
  );
  const as = values.get("as");
  if (as === undefined) return { format, as: "object" };
  if (values.get("g") !== "meta.k8s.io" || !metaGroups.includes(values.get("v") ?? ""))
    return undefined;
  if (as === "Table") return { format, as: "table" };
  if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList")
    return { format, as: "metadata" };
  return undefined;
}

function formatOf(type: string): Representation["format"] | undefined {
  switch (type.toLowerCase()) {
    case "application/json":
    case "application/*":
    case "*/*":
      return "json";
    case "application/yaml":
      return "yaml";
    case PROTOBUF:
      return "protobuf";
    default:
      return undefined;
  }
}
