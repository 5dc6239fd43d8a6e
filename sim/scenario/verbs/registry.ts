import { apply } from "./apply.ts";
import { remove } from "./delete.ts";
import { fault } from "./fault.ts";
import { kubectl } from "./kubectl.ts";
import { load } from "./load.ts";
import { patch } from "./patch.ts";
import { scale } from "./scale.ts";
import type { Verb } from "./verb.ts";
import { wait } from "./wait.ts";

/** Everything a step can do to the cluster. A new verb is one file and one line here. */
export const verbs: readonly Verb[] = [apply, remove, patch, scale, kubectl, fault, load, wait];
