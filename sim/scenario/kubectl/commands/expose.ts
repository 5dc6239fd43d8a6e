import type { KubeObject, Manifest } from "../../../api/object.ts";
import type { Container, LabelSelector } from "../../../api/types.gen.ts";
import { selects } from "../../expect/state-functions.ts";
import { countFlag, flagText, type KubectlCommand, targetsOf, usageError } from "../command.ts";

/** What of a workload a Service needs to know; a pod is its own template. */
interface Exposed extends KubeObject {
  readonly spec: {
    readonly selector?: LabelSelector | Readonly<Record<string, string>>;
    readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
    readonly containers?: readonly Container[];
  };
}

/** `kubectl expose` */
export const expose: KubectlCommand = {
  name: "expose",
  usage: "expose KIND/NAME [--port=N] [--target-port=N|NAME] [--name=NAME] [--type=TYPE]",
  flags: ["port", "target-port", "name", "type"],
  words: 1,
  run: (input, context) => {
    const { api, note } = context;
    for (const { kind, key, name: target } of targetsOf(input.words, input, context, selects)) {
      const object = api.get<Exposed>(kind, key);
      if (object === undefined) throw usageError(`${kind.toLowerCase()} "${target}" not found`);
      const name = flagText(input, "name") ?? target;
      const type = flagText(input, "type");
      const { labels, namespace } = object.metadata;
      const given = flagText(input, "target-port");
      const ports = portsOf(object, countFlag(input, "port")).map((port) => ({
        port,
        protocol: "TCP",
        targetPort: given === undefined ? port : /^\d+$/.test(given) ? Number(given) : given,
      }));
      api.create({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
        spec: { selector: selectorOf(object), ports, ...(type === undefined ? {} : { type }) },
      } as unknown as Manifest);
      note(`service/${name} exposed`);
    }
    return undefined;
  },
};

function portsOf({ spec }: Exposed, given: number | undefined): readonly number[] {
  if (given !== undefined) return [given];
  const containers = spec.template?.spec?.containers ?? spec.containers ?? [];
  const found = containers.flatMap(({ ports }) => (ports ?? []).map((port) => port.containerPort));
  if (found.length === 0) throw usageError("couldn't find port via --port flag or introspection");
  return found;
}

function selectorOf({ kind, metadata, spec }: Exposed): Readonly<Record<string, string>> {
  const { matchLabels, matchExpressions } = (spec.selector ?? {}) as LabelSelector;
  if (matchExpressions !== undefined && matchExpressions.length > 0)
    throw usageError("couldn't convert expressions to map-based selector format");
  const plain = kind === "Pod" ? metadata.labels : (matchLabels ?? spec.selector);
  if (plain === undefined || Object.keys(plain).length === 0)
    throw usageError("the object has no labels and cannot be exposed");
  return plain as Readonly<Record<string, string>>;
}
