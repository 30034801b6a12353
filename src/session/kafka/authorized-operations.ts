/**
 * What a client may do, one bit for each operation of Kafka's access control. Whoever is let in may do everything that
 * there is for the kind of resource.
 *
 *   bit  3 read   4 write   5 create   6 delete   7 alter   8 describe   9 cluster action   10 describe configs
 *       11 alter configs   12 idempotent write
 */

/** Create, alter, describe, cluster action, describe and alter configs, idempotent write. */
export const CLUSTER_OPERATIONS = 0b1_1111_1010_0000;
/** Read, write, create, delete, alter, describe, describe and alter configs. */
export const TOPIC_OPERATIONS = 0b1101_1111_1000;
