/**
 * Operation: what is done for one API of the protocol. Each is declared once, with the API's description; what a broker
 * advertises, and where a request goes, both come from the list of them (operations.ts).
 *
 * `run` gives the response, or null when it has taken the call along and will answer it later. It never throws for what
 * a client sent: every API has its own place for error codes. What it throws all the same is a bug of ours.
 */
import type { Api, RequestOf, ResponseOf } from '../../wire/kafka/api.ts';
import type { Shape } from '../../wire/kafka/schema.ts';
import type { Call } from './call.ts';

export interface Operation {
  readonly api: Api;
  /** Before the client has said who it is. */
  readonly open: boolean;
  /** May run while earlier ones of its kind wait for their answer; all others take their turn. */
  readonly overlaps: boolean;
  run(call: Call, request: never): object | null;
}

export interface OperationTraits {
  readonly open?: boolean;
  readonly overlaps?: boolean;
}

export function operation<Q extends Shape, S extends Shape>(
  api: Api<Q, S>,
  run: (call: Call<ResponseOf<Api<Q, S>>>, request: RequestOf<Api<Q, S>>) => ResponseOf<Api<Q, S>> | null,
  traits: OperationTraits = {},
): Operation {
  return {
    api: api as unknown as Api,
    open: traits.open ?? false,
    overlaps: traits.overlaps ?? false,
    run: run as unknown as Operation['run'],
  };
}
