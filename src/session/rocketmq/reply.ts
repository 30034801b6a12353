/**
 * Reply: what a request is answered with, before it is bytes. `W` are the fields beside code and remark; a refusal has
 * none, so it fits every request.
 */
import { RESPONSE } from '../../wire/rocketmq/response-codes.ts';

const NOTHING = new Uint8Array(0);

export class Reply<W extends object = never> {
  readonly code: number;
  readonly remark: string | null;
  readonly fields: W | null;
  readonly body: Uint8Array;

  constructor(code: number, remark: string | null, fields: W | null, body: Uint8Array = NOTHING) {
    this.code = code;
    this.remark = remark;
    this.fields = fields;
    this.body = body;
  }
}

export const OK: Reply = new Reply<never>(RESPONSE.SUCCESS, null, null);

export function answer<W extends object>(fields: W, body: Uint8Array = NOTHING): Reply<W> {
  return new Reply(RESPONSE.SUCCESS, null, fields, body);
}

export function bodyAnswer(body: Uint8Array): Reply {
  return new Reply<never>(RESPONSE.SUCCESS, null, null, body);
}

export function refusal(code: number, remark: string | null): Reply {
  return new Reply<never>(code, remark, null);
}
