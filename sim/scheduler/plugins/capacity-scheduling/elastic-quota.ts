/** What a namespace may count on (`min`) and must not exceed (`max`), per resource; absent means nothing and no limit. */
export interface ElasticQuota {
  readonly namespace: string;
  readonly min: ReadonlyMap<string, number>;
  readonly max: ReadonlyMap<string, number>;
}
