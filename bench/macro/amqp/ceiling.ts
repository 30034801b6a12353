/**
 * A stand-in server that shows what the machine, not a broker, allows: it takes the same bytes from the same generator
 * over the same kind of socket and gives back as many, but knows nothing of messages beyond their length.
 *
 *     node bench/macro/amqp/ceiling.ts [--store copy|os|fsync] [--file PATH]
 *
 * | --store | what happens to the bytes |
 * |---|---|
 * | (none)  | dropped: the limit of generator and sockets |
 * | copy    | copied once into a slab: the limit of a transient queue |
 * | os      | copied, one CRC-32 and one write a commit |
 * | fsync   | the same and one `fdatasync`; the next commit fills meanwhile |
 *
 * A connection first talks AMQP with canned answers. With its first publish it learns the length of a message and from
 * then on only counts bytes. After each commit it confirms what came in, and consumers get as many deliveries, from
 * blocks encoded once (so their stamps and tags are not real). It is a ceiling: nothing is parsed, queued or routed.
 */

import { closeSync, fdatasync, openSync, unlinkSync, write, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { StandInConnection } from './stand-in.ts';

const SLAB_BYTES = 16 * 1024 * 1024;
const FILE_BYTES = 256 * 1024 * 1024;

const { values: options } = parseArgs({ options: { store: { type: 'string' }, file: { type: 'string' } } });
const journaled = options.store === 'os' || options.store === 'fsync';
const copied = journaled || options.store === 'copy';

const connections = new Set<StandInConnection>();
let filling = Buffer.alloc(SLAB_BYTES);
let written = Buffer.alloc(SLAB_BYTES);
let filled = 0;
let committing = false;
let turnAsked = false;
let fileAt = 0;

const path = options.file ?? join(tmpdir(), `dragoman-ceiling-${process.pid}`);
const file = journaled ? openPrefilled(path) : -1;

/** Called for every read of traffic; false = there is no room, stop reading until the next commit. */
function take(bytes: Buffer): boolean {
  if (copied) {
    if (filled + bytes.length > SLAB_BYTES) filled = 0;
    filling.set(bytes, filled);
    filled += bytes.length;
  }
  if (!turnAsked) {
    turnAsked = true;
    setImmediate(turn);
  }
  return !journaled || filled < SLAB_BYTES - 2 * 1024 * 1024;
}

function turn(): void {
  turnAsked = false;
  if (!journaled) {
    filled = 0;
    settle();
    return;
  }
  if (committing || filled === 0) return;
  committing = true;
  const block = filling;
  const length = filled;
  filling = written;
  written = block;
  filled = 0;
  for (const connection of connections) connection.seal();
  crc32(block.subarray(0, length));
  if (fileAt + length > FILE_BYTES) fileAt = 0;
  write(file, block, 0, length, fileAt, (error) => {
    if (error) throw error;
    if (options.store === 'fsync') fdatasync(file, committed);
    else committed(null);
  });
  fileAt += length;
}

function committed(error: Error | null): void {
  if (error) throw error;
  committing = false;
  settle();
  turn();
}

/** Confirms everything sealed and hands as many messages to the consumers. */
function settle(): void {
  let messages = 0;
  let fanOut = false;
  for (const connection of connections) {
    if (!journaled) connection.seal();
    messages += connection.settle();
    fanOut ||= connection.exchange !== '';
  }
  let left = messages;
  for (const connection of connections) {
    if (!connection.consuming) continue;
    connection.deliver(fanOut ? messages : left);
    left = 0;
  }
}

/** A file whose blocks exist already: rewriting costs half of appending. */
function openPrefilled(path: string): number {
  const descriptor = openSync(path, 'w+');
  const zeros = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < FILE_BYTES; at += zeros.length) writeSync(descriptor, zeros, 0, zeros.length, at);
  return descriptor;
}

const server = createServer({ noDelay: true }, (socket) => {
  // Accepted sockets have no `onread`, so reads come as buffers of up to 64 KiB, as in any Node server.
  const connection = new StandInConnection(socket, connections, take);
  connections.add(connection);
  socket.on('close', () => connections.delete(connection));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  process.stdout.write(`listening amqp 127.0.0.1:${port}\nready in ${Math.round(performance.now())} ms\n`);
});

process.on('SIGTERM', () => {
  if (file >= 0) {
    closeSync(file);
    unlinkSync(path);
  }
  process.exit(0);
});
