/** Colours of groups, told apart on light and dark paper alike. */
const GROUPS = [
  "#4269d0",
  "#e0902f",
  "#ff725c",
  "#3ca951",
  "#a463f2",
  "#2fa3a0",
  "#e366a4",
  "#9c6b4e",
  "#7f8fa6",
  "#b5b02c",
] as const;

/** Colour of the n-th group. */
export function groupColour(at: number): string {
  return GROUPS[at % GROUPS.length] as string;
}
