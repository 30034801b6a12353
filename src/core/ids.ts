/**
 * The numbers by which the core and the store name things. They stand apart from the ports, because
 * definitions name logs too and neither file may import the other.
 */

/** Dense, never reused, safe integer. */
export type LogId = number;
/** The place of a message in its log: dense from 0, safe integer. */
export type Offset = number;
/** Commit groups are numbered densely from 1; 0 means "none". */
export type GroupNumber = number;
