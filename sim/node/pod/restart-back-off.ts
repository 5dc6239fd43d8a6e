import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";

/** First delay, and the longest (kubelet `backOffPeriod`, `MaxCrashLoopBackOff`; image pulls use the same numbers). */
const FIRST_DELAY: Micros = 10 * SECOND;
const LONGEST_DELAY: Micros = 300 * SECOND;
/** A run this long forgets the failures before it (client-go `Backoff`: twice the longest delay). */
const FORGIVEN_AFTER: Micros = 10 * MINUTE;

/** Delay that the next failure has to wait, and when it was set; as plain data. */
export interface BackOff {
  readonly delay: Micros;
  readonly setAt: Micros;
}

/**
 * When something that ended at `ended` may be tried again. The first time at once; then `delay` after its end.
 * Restart times of a container that ends at once: 0, 10, 30, 70, 150, 310, 610 s.
 */
export function mayRetryAt(backOff: BackOff | undefined, ended: Micros): Micros {
  return backOff === undefined || ended - backOff.setAt > FORGIVEN_AFTER
    ? ended
    : ended + backOff.delay;
}

/** The back-off after another try at `now`: 10 s first, doubling up to 300 s. */
export function nextBackOff(backOff: BackOff | undefined, ended: Micros, now: Micros): BackOff {
  const fresh = backOff === undefined || ended - backOff.setAt > FORGIVEN_AFTER;
  return {
    delay: fresh ? FIRST_DELAY : Math.min((backOff as BackOff).delay * 2, LONGEST_DELAY),
    setAt: now,
  };
}
