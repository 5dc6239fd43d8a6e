import { stringify } from "yaml";
import { isApiError } from "../../sim/api/api-error.ts";
import { printerOf } from "../../sim/api/kinds/columns/printers.ts";
import { printObject } from "../../sim/api/kinds/strategy.ts";
import type { KubeObject } from "../../sim/api/object.ts";
import type { Cluster } from "../../sim/cluster.ts";
import { selects } from "../../sim/scenario/expect/state-functions.ts";
import { ApiAccess, type ServedKind } from "../../sim/scenario/kubectl/api-access.ts";
import type { Arguments } from "../command.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { gridText } from "../print/table.ts";
import { openPast, readTime } from "./past-run.ts";

/** Shows objects at an instant, as `kubectl get` would have. */
export function get(args: Arguments, io: Io): ExitCode {
  const { run } = openPast(args, io, "digest");
  run.advance(readTime(args.text("at"), "--at", run.end));
  const { cluster } = run;
  const [word = "", inWord] = (args.text("kind") ?? "").split("/");
  const served = resolve(new ApiAccess(cluster.api), word);
  const name = inWord ?? args.text("name");
  const objects = find(cluster, served, name, args);
  const format = args.text("output") ?? "table";
  if (format === "json" || format === "yaml") {
    const printed = objects.map((object) =>
      printObject(served.descriptor, served.descriptor, object),
    );
    const document =
      name !== undefined
        ? printed[0]
        : { apiVersion: "v1", kind: "List", metadata: {}, items: printed };
    io.out(format === "json" ? `${JSON.stringify(document, null, 4)}\n` : stringify(document));
  } else if (format === "name") {
    const group = served.descriptor.group === "" ? "" : `.${served.descriptor.group}`;
    io.out(
      objects
        .map(({ metadata }) => `${served.descriptor.singular}${group}/${metadata.name}\n`)
        .join(""),
    );
  } else if (objects.length === 0) io.err("No resources found\n");
  else io.out(tableOf(objects, served, cluster.now, format === "wide", args.has("all-namespaces")));
  return Exit.fine;
}

/** The kind that a word means. Throws `UsageError`. */
export function resolve(api: ApiAccess, word: string): ServedKind {
  try {
    return api.resolve(word);
  } catch (error) {
    if (isApiError(error)) throw new UsageError(error.message);
    throw error;
  }
}

function find(
  { store, virtual }: Cluster,
  served: ServedKind,
  name: string | undefined,
  args: Arguments,
): readonly KubeObject[] {
  const { kind, descriptor } = served;
  const namespace =
    descriptor.namespaced && !args.has("all-namespaces")
      ? (args.text("namespace") ?? "default")
      : undefined;
  const all = virtual.has(kind) ? virtual.list(kind, namespace) : [...store.objects(kind).values()];
  const selector = args.text("selector");
  const found = all
    .filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (name === undefined || metadata.name === name) &&
        (selector === undefined || selects(selector, metadata.labels)),
    )
    .map((object) => virtual.transform(kind, object));
  if (name !== undefined && found.length === 0)
    throw new UsageError(`there is no ${descriptor.singular} ${JSON.stringify(name)} at this time`);
  return found.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Objects of a kind as kubectl prints them. */
function tableOf(
  objects: readonly KubeObject[],
  { kind }: ServedKind,
  now: number,
  wide: boolean,
  namespaces: boolean,
): string {
  const printer = printerOf(kind);
  const shown = printer.columns.map(({ priority }) => wide || priority === 0);
  const head = printer.columns.filter((_, at) => shown[at]).map(({ name }) => name.toUpperCase());
  const rows = objects.map((object) => {
    const cells = printer
      .cells(object, { now })
      .filter((_, at) => shown[at])
      .map((cell) => (cell === null ? "<none>" : String(cell)));
    return namespaces ? [object.metadata.namespace ?? "", ...cells] : cells;
  });
  return gridText([namespaces ? ["NAMESPACE", ...head] : head, ...rows]);
}
