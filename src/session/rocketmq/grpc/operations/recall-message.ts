/**
 * RecallMessage: a delayed message is taken back before its time.
 */
import { operation } from '../operation.ts';

export const recallMessage = operation('RecallMessage', (call, request) => call.node.holding.recall(call, request));
