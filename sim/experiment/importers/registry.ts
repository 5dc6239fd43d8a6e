import { clusterDump } from "./cluster-dump.ts";
import { csv } from "./csv.ts";
import type { Importer } from "./importer.ts";
import { openb } from "./openb.ts";
import { simkube } from "./simkube.ts";
import { swf } from "./swf.ts";

/** Every foreign format. A new one is one file and one line here. */
export const importers: readonly Importer[] = [openb, simkube, swf, csv, clusterDump];
