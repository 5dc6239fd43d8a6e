import { typeWarnings } from "../api/admission/policy/type-warnings.ts";
import type { Controller } from "./runtime/controller.ts";
import type { ControllerServices } from "./runtime/services.ts";

/** Tells in a policy's status what is wrong with its expressions, once for each generation. */
export function policyStatus({ kinds }: Pick<ControllerServices, "kinds">): Controller {
  return {
    name: "validatingadmissionpolicy-status-controller",
    for: "ValidatingAdmissionPolicy",
    reads: ["CustomResourceDefinition"],
    reconcile(key, { client }) {
      const policy = client.get("ValidatingAdmissionPolicy", key);
      if (policy === undefined) return;
      const { generation = 0 } = policy.metadata;
      if (generation <= (policy.status?.observedGeneration ?? 0)) return;
      const warnings = typeWarnings(policy, {
        kinds,
        definition: (name) => client.get("CustomResourceDefinition", name),
      });
      const typeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings };
      const status = { ...policy.status, observedGeneration: generation, typeChecking };
      client.updateStatus("ValidatingAdmissionPolicy", { ...policy, status });
    },
  };
}
