/**
 * Operation: what is done for one request code. Each is declared once, with the codec's description of the request;
 * what can be asked for is the list of them (operations.ts).
 *
 * `run` gives the reply, or null when it has taken the call along. What a client may do wrong it answers with a code;
 * what can't be read (RocketmqWireError) or is refused by the core (CoreError) is answered for it (errors.ts).
 */
import type { Api } from '../../wire/rocketmq/api.ts';
import type { Body } from '../../wire/rocketmq/body.ts';
import type { Command } from '../../wire/rocketmq/command.ts';
import type { Fields, ReadFields, WrittenFields } from '../../wire/rocketmq/schema.ts';
import { Call } from './call.ts';
import type { Peer } from './peer.ts';
import type { Reply } from './reply.ts';

export interface Operation {
  readonly code: number;
  /** Takes messages: it has to wait while the store takes none. */
  readonly publishes: boolean;
  run(peer: Peer, command: Command): void;
}

export function operation<Q extends Fields, A extends Fields>(
  api: Api<Q, A>,
  run: (call: Call<A>, request: ReadFields<Q>) => Reply<WrittenFields<A>> | null,
): Operation {
  return {
    code: api.code,
    publishes: false,
    run(peer, command) {
      const call = new Call<A>(peer, command, api as unknown as Api<Fields, A>);
      const reply = run(call, api.request.read(command.fields));
      if (reply !== null) call.answer(reply);
    },
  };
}

/** The JSON body of the request that is running. */
export function bodyOf<Read, Written>({ command }: Pick<Call, 'command'>, body: Body<Read, Written>): Read {
  return body.parse(command.bytes, command.bodyStart, command.bodyEnd);
}
