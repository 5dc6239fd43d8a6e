import { defineFault, type FaultContext, type FaultSpec } from "./fault.ts";
import { numberOf, targetOf } from "./targets.ts";

/** Some writes of the control plane fail. */
export const apiErrors = defineFault<number>({
  name: "api-errors",
  description: "A share of the control plane's writes fails; controllers back off and try again.",
  targets: ["component"],
  parameters: {
    percent: { type: "number", description: "How many of 100 writes fail.", default: 50 },
    code: { type: "integer", description: "HTTP code of the failures.", default: 500 },
  },
  begin: (context, fault) => {
    const failing = numberOf(fault, "percent", 50, 0, 100) / 100;
    return trouble(context, fault, failing, numberOf(fault, "code", 500, 400, 599), 0);
  },
  end: (context, _fault, id) => context.trouble.remove(id),
});

/** Declares a trouble of the API for the fault's target; answers its number. */
export function trouble(
  context: FaultContext,
  fault: FaultSpec,
  failing: number,
  code: number,
  delay: number,
): number {
  const component = targetOf(fault, "component")["component"];
  // Journal numbers are unique, and the fault's own entry is the cause of this.
  const id = context.engine.journal.cause;
  context.trouble.add({
    id,
    component: component === undefined ? undefined : String(component),
    failing,
    code,
    delay,
  });
  return id;
}
