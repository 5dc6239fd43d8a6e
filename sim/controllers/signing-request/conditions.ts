import type { CertificateSigningRequest } from "../../api/types.gen.ts";

/** Whether a request has a condition that holds. */
export function hasTrueCondition({ status }: CertificateSigningRequest, wanted: string): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status }) => type === wanted && status === "True",
  );
}

/** Whether somebody said yes or no to a request, whatever he said in the end. */
export function isDecided({ status }: CertificateSigningRequest): boolean {
  return (status?.conditions ?? []).some(({ type }) => type === "Approved" || type === "Denied");
}

/** Approved, and by nobody denied. */
export function isApproved(request: CertificateSigningRequest): boolean {
  const types = (request.status?.conditions ?? []).map(({ type }) => type);
  return types.includes("Approved") && !types.includes("Denied");
}
