/**
 * The answers of the hot path, written field by field: to a send and to a pull. All others are written by their schema
 * (`writeAnswer`).
 *
 * A successful answer has all the fields that Java clients look at without asking whether they are there.
 */
import { type Asked, type CommandWriter, numberRoom, textRoom } from './command-writer.ts';
import type { Host } from './host.ts';
import { RESPONSE } from './response-codes.ts';
import type { Fields, HeaderShape, WrittenFields } from './schema.ts';

const NOTHING = new Uint8Array(0);
const SEND_ROOM = 512;
const PULL_ROOM = [
  'suggestWhichBrokerId',
  'nextBeginOffset',
  'minOffset',
  'maxOffset',
  'topicSysFlag',
  'groupSysFlag',
].reduce((sum, name) => sum + numberRoom(name), 0);
const MASTER_ID = 0;

/** What a send is answered with. One object is filled again for every answer. */
export class SendAnswer {
  /** Where the message can be viewed, see message-id.ts. */
  host: Host | null = null;
  physicalOffset = 0;
  /** Instead of it, where 2^53 is not enough: the upper and the lower 32 bits. */
  halves: { readonly high: number; readonly low: number } | null = null;
  /** Instead of host and offset, of a batch: all ids with commas between them. */
  batchIds: string | null = null;
  queueId = 0;
  queueOffset = 0;
  /** The unique key, `bytes[keyStart, keyEnd)`; none if empty. */
  bytes: Uint8Array = NOTHING;
  keyStart = 0;
  keyEnd = 0;
  recallHandle: string | null = null;
  region = 'DefaultRegion';
  isTraced = true;
}

/** Answers a send that was stored; `code` says how well. */
export function answerSend(
  writer: CommandWriter,
  asked: Asked,
  code: number,
  remark: string | null,
  answer: SendAnswer,
): void {
  const texts = (answer.batchIds?.length ?? 0) + (answer.recallHandle?.length ?? 0) + answer.region.length;
  writer.answer(asked, code, remark, SEND_ROOM + textRoom('', texts + answer.keyEnd - answer.keyStart));
  if (answer.batchIds !== null) writer.text('msgId', answer.batchIds);
  else if (answer.host !== null && answer.halves !== null)
    writer.offsetIdOfHalves('msgId', answer.host, answer.halves.high, answer.halves.low);
  else if (answer.host !== null) writer.offsetId('msgId', answer.host, answer.physicalOffset);
  writer.number('queueId', answer.queueId);
  writer.number('queueOffset', answer.queueOffset);
  if (answer.keyEnd > answer.keyStart)
    writer.range(
      answer.batchIds === null ? 'transactionId' : 'batchUniqId',
      answer.bytes,
      answer.keyStart,
      answer.keyEnd,
    );
  if (answer.recallHandle !== null) writer.text('recallHandle', answer.recallHandle);
  writer.text('MSG_REGION', answer.region);
  writer.flag('TRACE_ON', answer.isTraced);
  writer.end(0);
}

/** Begins the answer to a pull; exactly `bodyBytes` bytes of stored messages follow in `writer.out`. */
export function answerPull(
  writer: CommandWriter,
  asked: Asked,
  code: number,
  remark: string | null,
  nextBeginOffset: number,
  minOffset: number,
  maxOffset: number,
  bodyBytes: number,
): void {
  writer.answer(asked, code, remark, PULL_ROOM);
  writer.number('suggestWhichBrokerId', MASTER_ID);
  writer.number('nextBeginOffset', nextBeginOffset);
  writer.number('minOffset', minOffset);
  writer.number('maxOffset', maxOffset);
  writer.number('topicSysFlag', 0);
  writer.number('groupSysFlag', 0);
  writer.end(bodyBytes);
}

/** Answers with the fields of a description and a body. */
export function writeAnswer<S extends Fields>(
  writer: CommandWriter,
  asked: Asked,
  header: HeaderShape<S>,
  values: WrittenFields<S>,
  body: Uint8Array = NOTHING,
): void {
  writer.answer(asked, RESPONSE.SUCCESS, null, header.room(values));
  header.write(writer, values);
  writer.end(body.length);
  writer.out.append(body);
}

/** Answers with a code and an explanation, and with a body where there is one. */
export function writePlainAnswer(
  writer: CommandWriter,
  asked: Asked,
  code: number,
  remark: string | null,
  body: Uint8Array = NOTHING,
): void {
  writer.answer(asked, code, remark, 0);
  writer.end(body.length);
  writer.out.append(body);
}
