import { ApiError } from "../../../sim/api/api-error.ts";
import { builtInSchema } from "../../../sim/api/patch/merge-schema.ts";
import { serverSideApply } from "../../../sim/api/patch/server-side-apply.ts";

export const deploymentSchema = builtInSchema("apps.v1.Deployment");
export const configMapSchema = builtInSchema("core.v1.ConfigMap");

export function configMap(data: Record<string, string> | undefined, metadata: object = {}): any {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "c", ...metadata },
    ...(data === undefined ? {} : { data }),
  };
}
export function apply(
  live: any,
  applied: any,
  manager: string,
  force = false,
  schema = configMapSchema,
  now = 0,
): any {
  return serverSideApply({ live, applied, manager, force, schema, now });
}
export function managersOf(object: any): string[] {
  return object.metadata.managedFields.map((one: any) => `${one.manager}/${one.operation}`);
}
export function conflictOf(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error("no conflict");
}
