/**
 * Operation: what is done for one call of the service. Each is declared once; the transport serves exactly the list of
 * them (operations.ts).
 *
 * `run` gives the response, or null when it has taken the call along and will answer it later. It throws a Refusal for
 * what a client must not ask; anything else that it throws is a bug of ours.
 */
import type { CallName, RequestOf, ResponseOf } from '../../../wire/rocketmq/v2/shapes.ts';
import type { Call } from './call.ts';

export interface Operation<Name extends CallName = CallName> {
  readonly name: Name;
  run(call: Call<ResponseOf<Name>>, request: RequestOf<Name>): ResponseOf<Name> | null;
}

export function operation<Name extends CallName>(name: Name, run: Operation<Name>['run']): Operation {
  return { name, run: run as unknown as Operation['run'] };
}
