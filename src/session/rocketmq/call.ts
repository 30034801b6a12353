/**
 * Call: one request on its way to its answer, for all requests but those that send messages.
 *
 *   run ──▶ reply                         answered at once
 *       └─▶ null: kept by whoever answers later, by `answer` or `answerWhenCommitted`, or never
 *
 * The body is in the socket's memory and valid while the request runs. Whoever did not ask for an answer (one-way) gets
 * none; answering a connection that is gone does nothing.
 */
import type { CommitWaiter } from '../../core/ports.ts';
import type { Api } from '../../wire/rocketmq/api.ts';
import type { Command } from '../../wire/rocketmq/command.ts';
import type { Asked, CommandWriter } from '../../wire/rocketmq/command-writer.ts';
import type { SerializeType } from '../../wire/rocketmq/constants.ts';
import type { Fields, HeaderShape, WrittenFields } from '../../wire/rocketmq/schema.ts';
import type { Peer } from './peer.ts';
import type { Reply } from './reply.ts';

export class Call<A extends Fields = Fields> implements Asked, CommitWaiter {
  readonly peer: Peer;
  readonly code: number;
  readonly serializeType: SerializeType;
  readonly opaque: number;
  readonly version: number;
  readonly language: number;
  readonly isOneway: boolean;
  /** The request, valid while it runs. */
  readonly command: Command;
  readonly #shape: HeaderShape<A>;
  #reply: Reply<WrittenFields<A>> | null = null;

  constructor(peer: Peer, command: Command, api: Api<Fields, A>) {
    this.peer = peer;
    this.code = command.code;
    this.serializeType = command.serializeType;
    this.opaque = command.opaque;
    this.version = command.version;
    this.language = command.language;
    this.isOneway = command.isOneway;
    this.command = command;
    this.#shape = api.answer;
  }

  answer(reply: Reply<WrittenFields<A>>): void {
    const { peer } = this;
    if (this.isOneway || peer.closed) return;
    writeReply(peer.writer, this, this.#shape, reply);
    peer.touch();
  }

  /** Answers when everything written up to now is durable. */
  answerWhenCommitted(reply: Reply<WrittenFields<A>>): null {
    const { broker } = this.peer.node;
    broker.wake();
    if (this.isOneway) return null;
    this.#reply = reply;
    this.peer.waitingCalls++;
    broker.store.whenCommitted(broker.store.filling, this);
    return null;
  }

  committed(): void {
    this.peer.waitingCalls--;
    if (this.#reply !== null) this.answer(this.#reply);
  }
}

export function writeReply<A extends Fields>(
  writer: CommandWriter,
  asked: Asked,
  shape: HeaderShape<A>,
  { code, remark, fields, body }: Reply<WrittenFields<A>>,
): void {
  writer.answer(asked, code, remark, fields === null ? 0 : shape.room(fields));
  if (fields !== null) shape.write(writer, fields);
  writer.end(body.length);
  writer.out.append(body);
}
