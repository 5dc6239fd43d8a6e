import type { Pod } from "../../types.gen.ts";

type Read = (text: string | number) => number;
type Requests = Readonly<Record<string, string>> | undefined;

/** Whether a pod takes room on a node: bound and not over. */
export function isOnNode({ spec, status }: Pod): boolean {
  return (
    (spec?.nodeName ?? "") !== "" && status?.phase !== "Succeeded" && status?.phase !== "Failed"
  );
}

/** What a pod requests of a resource, as the scheduler counts it: its own request, or else containers and sidecars, at least its largest init container; overhead on top. */
export function requestOf({ spec }: Pod, resource: string, read: Read): number {
  const asked = (requests: Requests): number =>
    requests?.[resource] === undefined ? 0 : read(requests[resource]);
  let sum = 0;
  for (const { resources } of spec?.containers ?? []) sum += asked(resources?.requests as Requests);
  let largest = 0;
  let sidecars = 0;
  for (const { resources, restartPolicy } of spec?.initContainers ?? []) {
    const wanted = asked(resources?.requests as Requests);
    if (restartPolicy === "Always") sidecars += wanted;
    else largest = Math.max(largest, wanted + sidecars);
  }
  const whole = (spec?.resources?.requests as Requests)?.[resource];
  const own = whole === undefined ? Math.max(sum + sidecars, largest) : read(whole);
  return own + asked(spec?.overhead as Requests);
}
