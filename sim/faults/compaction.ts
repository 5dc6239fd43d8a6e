import { defineFault } from "./fault.ts";

/** etcd forgets all history: watches from before get 410 and list again. */
export const compaction = defineFault<void>({
  name: "compaction",
  description: "etcd forgets all history: watches from before are told 410 Expired and list again.",
  targets: [],
  parameters: {},
  begin: ({ api }) => api.store.compact(),
});
