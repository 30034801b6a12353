/**
 * Who may call. Every call names its client; credentials are a signature of the time by a secret key, which can't be
 * checked against the hash of a password, so with configured users nobody is let in yet.
 */
import { CODE } from '../../../wire/rocketmq/v2/codes.ts';
import type { Caller } from './caller.ts';
import { grpcLimits } from './limits.ts';
import type { GrpcNode } from './node.ts';
import { Refusal } from './refusal.ts';

export function checkCaller(node: GrpcNode, { clientId, remoteAddress }: Caller): void {
  if (clientId === '') throw new Refusal(CODE.CLIENT_ID_REQUIRED, 'the client says no id');
  if (clientId.length > grpcLimits.clientIdCharactersMax) {
    throw new Refusal(
      CODE.CLIENT_ID_REQUIRED,
      `a client's id has at most ${grpcLimits.clientIdCharactersMax} characters`,
    );
  }
  if (!node.options.letsIn(remoteAddress)) throw new Refusal(CODE.UNAUTHORIZED, 'users can not sign in by gRPC');
}
