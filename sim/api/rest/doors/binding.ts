import { ApiError, badRequest, conflict, type Status } from "../../api-error.ts";
import { makeKey } from "../../object.ts";
import { bindPod } from "../../pod-binding.ts";
import type { Pod } from "../../types.gen.ts";
import { readObject } from "../body.ts";
import type { Answer, Call } from "../context.ts";
import { readWriteOptions } from "../options.ts";
import { inNamespace } from "../writing.ts";

const bindingTarget = { kind: "Binding", group: "", version: "v1", type: "core.v1.Binding" };

/** POST of `/binding` of a pod, or of a Binding that names its pod. */
export function bindingDoor(call: Call): Answer {
  const { request, query, resource, target, api, warnings } = call;
  const options = readWriteOptions(query, "CreateOptions");
  const binding = readObject(request, bindingTarget, options.validation, warnings);
  inNamespace(binding, resource.descriptor, target.namespace);
  const name = target.name ?? binding.metadata.name ?? "";
  if (binding.metadata.name !== undefined && binding.metadata.name !== name)
    throw badRequest("name in URL does not match name in Binding object");
  const { target: to } = binding as { target?: { kind?: string; name?: string } };
  // Upstream does not make field errors of these: they come out as plain errors.
  if ((to?.kind ?? "") !== "" && to?.kind !== "Node")
    throw new ApiError(
      500,
      "",
      `target.kind: Unsupported value: ${JSON.stringify(to?.kind)}: supported values: "Node", "<empty>"`,
    );
  if ((to?.name ?? "") === "") throw new ApiError(500, "", "target.name: Required value");
  const key = makeKey(target.namespace, name);
  const pod = api.get<Pod>("Pod", key);
  const uid = binding.metadata.uid ?? "";
  if (uid !== "" && uid !== pod.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`;
    throw conflict({ group: "", plural: "pods/binding" }, name, why);
  }
  if (!options.dryRun) bindPod(api, key, to?.name ?? "");
  const body: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    code: 201,
  };
  return { code: 201, body };
}
