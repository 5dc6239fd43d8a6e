/** Thrown inside a reconcile to end it at once: the fault "crash after the n-th write". */
export class Crash extends Error {}
