import { MILLISECOND, SECOND } from "../../engine/time.ts";
import type { Retry } from "../runtime/work-queue.ts";

/** How long the controllers of certificates wait between tries. */
export const CERTIFICATE_RETRY: Retry = { first: 200 * MILLISECOND, longest: 1_000 * SECOND };
