/** A file that `ksim new` writes, and the commands that try it. */
export interface Template {
  readonly files: readonly (readonly [name: string, text: string])[];
  readonly tryIt: readonly string[];
}

/** What can be begun: makes the files for a name of lower-case letters, digits and -. */
export type MakeTemplate = (name: string) => Template;
