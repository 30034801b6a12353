/**
 * EndTransaction: a producer decides, by itself or because it was asked.
 */
import { operation } from '../operation.ts';

export const endTransaction = operation('EndTransaction', (call, request) => call.node.holding.end(call, request));
