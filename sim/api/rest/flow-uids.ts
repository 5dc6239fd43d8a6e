/** Uids of the schema and the level that a request was classified by: what its answer's headers say. */
export interface FlowUids {
  readonly schema: string;
  readonly level: string;
}
