/**
 * All operations of name server and broker. What can be asked for is exactly this list.
 */
import type { Operation } from './operation.ts';
import { BROKER_OPERATIONS } from './operations/broker.ts';
import { GROUP_ADMIN_OPERATIONS } from './operations/group-admin.ts';
import { GROUP_OFFSET_OPERATIONS } from './operations/group-offsets.ts';
import { GROUP_OPERATIONS } from './operations/groups.ts';
import { LOCK_OPERATIONS } from './operations/locks.ts';
import { MESSAGE_OPERATIONS } from './operations/messages.ts';
import { OFFSET_OPERATIONS } from './operations/offsets.ts';
import { PULL_OPERATIONS } from './operations/pull.ts';
import { REPLY_OPERATIONS } from './operations/replies.ts';
import { ROUTE_OPERATIONS } from './operations/routes.ts';
import { SEND_OPERATIONS } from './operations/send.ts';
import { TOPIC_OPERATIONS } from './operations/topics.ts';
import { TRANSACTION_OPERATIONS } from './operations/transactions.ts';

const ALL: readonly Operation[] = [
  ...SEND_OPERATIONS,
  ...PULL_OPERATIONS,
  ...OFFSET_OPERATIONS,
  ...GROUP_OPERATIONS,
  ...LOCK_OPERATIONS,
  ...ROUTE_OPERATIONS,
  ...TOPIC_OPERATIONS,
  ...MESSAGE_OPERATIONS,
  ...TRANSACTION_OPERATIONS,
  ...REPLY_OPERATIONS,
  ...GROUP_ADMIN_OPERATIONS,
  ...GROUP_OFFSET_OPERATIONS,
  ...BROKER_OPERATIONS,
];

const byCode = new Map<number, Operation>(ALL.map((operation) => [operation.code, operation]));

/** Undefined for what we can't do. */
export function operationOf(code: number): Operation | undefined {
  return byCode.get(code);
}
