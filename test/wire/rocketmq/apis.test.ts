/**
 * The descriptions of ext fields: they are those of RocketMQ's own header classes, and they read what they write.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api } from '../../../src/wire/rocketmq/api.ts';
import { anyRequest } from '../../../src/wire/rocketmq/api.ts';
import * as administration from '../../../src/wire/rocketmq/apis/administration.ts';
import * as consumption from '../../../src/wire/rocketmq/apis/consumption.ts';
import * as messages from '../../../src/wire/rocketmq/apis/messages.ts';
import * as pop from '../../../src/wire/rocketmq/apis/pop.ts';
import * as routes from '../../../src/wire/rocketmq/apis/routes.ts';
import { SERIALIZE } from '../../../src/wire/rocketmq/constants.ts';
import { REQUEST, requestName } from '../../../src/wire/rocketmq/request-codes.ts';
import type { Fields } from '../../../src/wire/rocketmq/schema.ts';
import { Random } from './random.ts';
import { commandOf, openWriter, samples } from './wiring.ts';

const APIS: readonly Api[] = [administration, consumption, messages, pop, routes].flatMap(
  (file) => Object.values(file) as unknown as Api[],
);

const KINDS: Readonly<Record<string, string>> = {
  String: 'text',
  BoundaryType: 'text',
  Integer: 'int',
  int: 'int',
  Long: 'long',
  long: 'long',
  Boolean: 'flag',
  boolean: 'flag',
};
/** Whose header classes are marked with another request's code, or with none. */
const SAME_HEADER: Readonly<Record<number, number>> = {
  [REQUEST.LITE_PULL_MESSAGE]: REQUEST.PULL_MESSAGE,
  [REQUEST.SEND_BATCH_MESSAGE]: REQUEST.SEND_MESSAGE_V2,
  [REQUEST.SEND_REPLY_MESSAGE]: REQUEST.SEND_MESSAGE,
  [REQUEST.SEND_REPLY_MESSAGE_V2]: REQUEST.SEND_MESSAGE_V2,
  [REQUEST.RESET_CONSUMER_CLIENT_OFFSET]: REQUEST.INVOKE_BROKER_TO_RESET_OFFSET,
  [REQUEST.GET_CONSUMER_STATUS_FROM_CLIENT]: REQUEST.INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
};
/** Fields that are no members of a header class: put beside it, or inherited by all. */
const BESIDE = new Set(['_UNIQUE_KEY_QUERY', 'bname', 'MSG_REGION', 'TRACE_ON']);

/** It has a class for the answer, but the answer is an END_TRANSACTION. */
const WITHOUT_ANSWER = new Set<number>([REQUEST.CHECK_TRANSACTION_STATE]);

/** `name: kind`, with ! for what must be there. */
function described(fields: Fields): string[] {
  return Object.entries(fields)
    .filter(([name]) => !BESIDE.has(name))
    .map(([name, { kind, fallback }]) => `${name}: ${kind}${fallback === undefined ? '!' : ''}`)
    .sort();
}

function expected(fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields)
    .map(([name, type]) => `${name}: ${KINDS[type.replace('!', '')]}${type.endsWith('!') ? '!' : ''}`)
    .sort();
}

test('every request is described once', () => {
  const codes = APIS.map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
  assert.ok(codes.length > 90, `${codes.length}`);
});

for (const api of APIS) {
  const header = samples.headers[SAME_HEADER[api.code] ?? api.code];
  if (header === undefined) continue;
  test(`${requestName(api.code)} has the fields of its Java class`, () => {
    assert.deepEqual(described(api.request.fields), expected(header.request));
    if (header.answer !== undefined && !WITHOUT_ANSWER.has(api.code))
      assert.deepEqual(described(api.answer.fields), expected(header.answer));
  });
}

function randomValues(random: Random, fields: Fields): Record<string, string | number | boolean> {
  const values: Record<string, string | number | boolean> = {};
  for (const [name, { kind, fallback }] of Object.entries(fields)) {
    if (fallback !== undefined && random.once(3)) continue;
    if (kind === 'text') values[name] = random.text(30);
    else if (kind === 'flag') values[name] = random.once(2);
    else values[name] = kind === 'int' ? random.int32() : random.int64();
  }
  return values;
}

test('what a description writes it reads, with the defaults where there was nothing', () => {
  const { writer, written } = openWriter();
  for (const { code, request, answer } of APIS) {
    for (const header of [request, answer, anyRequest]) {
      for (let seed = 1; seed <= 10; seed++) {
        const random = new Random(code * 100 + seed);
        const values = randomValues(random, header.fields);
        writer.begin(
          random.pick([SERIALIZE.JSON, SERIALIZE.ROCKETMQ]),
          code,
          0,
          seed,
          null,
          header.room(values as never),
        );
        header.write(writer, values as never);
        writer.end(0);
        const defaults = Object.entries(header.fields).map(([name, { fallback }]) => [name, fallback]);
        const read = header.read(commandOf(written()).fields);
        assert.deepEqual(read, { ...Object.fromEntries(defaults), ...values }, `${requestName(code)}, seed ${seed}`);
      }
    }
  }
});

test('without a field that must be there, the error names it', () => {
  const { writer, written } = openWriter();
  for (const { code, request } of APIS) {
    const required = Object.entries(request.fields).filter(([, { fallback }]) => fallback === undefined);
    for (const [missing] of required) {
      const values = { ...randomValues(new Random(code), request.fields), [missing]: undefined };
      writer.begin(SERIALIZE.JSON, code, 0, 1, null, request.room(values as never));
      request.write(writer, values as never);
      writer.end(0);
      const { fields } = commandOf(written());
      assert.throws(() => request.read(fields), {
        name: 'RocketmqWireError',
        code: 1,
        message: `the field <${missing}> is missing`,
      });
    }
  }
});
