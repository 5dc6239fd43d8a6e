import type { ExperimentResult } from "../sim/experiment/result.ts";
export function experimentHtml(result: ExperimentResult, notes?: string): string {
  return `${result.title}${notes}`;
}
