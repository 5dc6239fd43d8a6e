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
import { checkDigest, openPast, readInstant } from "./past-run.ts";

/** Shows objects at an instant, as `kubectl get` would have. */
export function get(args: Arguments, io: Io): ExitCode {
  const past = openPast(args, io, "digest");
  const { run } = past;
  run.advance(readInstant(args.text("at"), "--at", run.end, run, io));
  const { cluster } = run;
  const [word = "", inWord] = (args.text("kind") ?? "").split("/");
  const api = new ApiAccess(cluster.api);
  const words = (word === "all" ? ALL : word).split(",");
  const name = inWord ?? args.text("name");
  const groups = words.map((kind) => {
    const served = resolve(api, kind);
    return { served, objects: find(cluster, served, name, args) };
  });
  const format = args.text("output") ?? "table";
  const text =
    format === "table" || format === "wide"
      ? tablesText(groups, cluster.now, args)
      : documentText(groups, format, name !== undefined && groups.length === 1);
  checkDigest(past);
  if (text === undefined) io.err("No resources found\n");
  else io.out(text);
  return Exit.fine;
}

/** What kubectl means by `all`. */
const ALL =
  "pods,replicationcontrollers,services,daemonsets.apps,deployments.apps,replicasets.apps,statefulsets.apps,horizontalpodautoscalers.autoscaling,cronjobs.batch,jobs.batch";

/** The objects found of one kind. */
interface Group {
  readonly served: ServedKind;
  readonly objects: readonly KubeObject[];
}

function nameOf({ descriptor }: ServedKind, { metadata }: KubeObject): string {
  const group = descriptor.group === "" ? "" : `.${descriptor.group}`;
  return `${descriptor.singular}${group}/${metadata.name}`;
}

function documentText(groups: readonly Group[], format: string, single: boolean): string {
  if (format === "name")
    return groups
      .flatMap(({ served, objects }) => objects.map((object) => `${nameOf(served, object)}\n`))
      .join("");
  const items = groups.flatMap(({ served: { descriptor }, objects }) =>
    objects.map((object) => printObject(descriptor, descriptor, object)),
  );
  if (format === "jsonl") return items.map((item) => `${JSON.stringify(item)}\n`).join("");
  const document = single ? items[0] : { apiVersion: "v1", kind: "List", metadata: {}, items };
  return format === "json" ? `${JSON.stringify(document, null, 4)}\n` : stringify(document);
}

/** One table a kind; of several kinds the names say which. `undefined` when there is nothing. */
function tablesText(groups: readonly Group[], now: number, args: Arguments): string | undefined {
  const format = args.text("output");
  const tables = groups
    .filter(({ objects }) => objects.length > 0)
    .map(({ served, objects }) =>
      tableOf(
        objects,
        served,
        now,
        format === "wide",
        args.has("all-namespaces") && served.descriptor.namespaced,
        groups.length > 1,
      ),
    );
  return tables.length === 0 ? undefined : tables.join("\n");
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
  served: ServedKind,
  now: number,
  wide: boolean,
  namespaces: boolean,
  named: boolean,
): string {
  const printer = printerOf(served.kind);
  const shown = printer.columns.map(({ priority }) => wide || priority === 0);
  const head = printer.columns.filter((_, at) => shown[at]).map(({ name }) => name.toUpperCase());
  const rows = objects.map((object) => {
    const cells = printer
      .cells(object, { now })
      .filter((_, at) => shown[at])
      .map((cell) => (cell === null ? "<none>" : String(cell)));
    if (named) cells[0] = nameOf(served, object);
    return namespaces ? [object.metadata.namespace ?? "", ...cells] : cells;
  });
  return gridText([namespaces ? ["NAMESPACE", ...head] : head, ...rows]);
}
