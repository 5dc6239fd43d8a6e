/** Number of a node in the columns. Stays with the node while it lives; reused afterwards. */
export type NodeIndex = number;
