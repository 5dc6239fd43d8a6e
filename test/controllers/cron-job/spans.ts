export { HOUR, MINUTE, SECOND } from "../../../sim/engine/time.ts";

import { HOUR } from "../../../sim/engine/time.ts";

export const DAY = 24 * HOUR;
