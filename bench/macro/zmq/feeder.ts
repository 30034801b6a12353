/**
 * The side of a row that only works: sends what is counted elsewhere, or answers it. Runs until it is ended.
 *
 * Its one argument is the request as JSON, and the addresses are those that the counting side is bound to or binds.
 */
import { type Library, type LibraryName, loadLibrary } from './library.ts';
import type { Workload } from './workloads.ts';

export interface FeederRequest {
  library: LibraryName;
  workload: Workload;
  address: string;
}

const BATCH_MESSAGES = 500;
/** Then sockets and timers get their turn, with a library whose promises never leave it. */
const TURN_MESSAGES = 10_000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function push({ Push }: Library, { workload, address }: FeederRequest): Promise<void> {
  const socket = new Push();
  socket.connect(address);
  const body = Buffer.alloc(workload.bodyBytes, 1);
  if (workload.batches && 'sendMany' in socket) {
    const batch = Array<Buffer>(BATCH_MESSAGES).fill(body);
    for (;;) await socket.sendMany(batch);
  }
  for (;;) {
    for (let i = 0; i < TURN_MESSAGES; i++) await socket.send(body);
    await nextTurn();
  }
}

async function reply({ Reply }: Library, { address }: FeederRequest): Promise<void> {
  const socket = new Reply();
  await socket.bind(address);
  for await (const parts of socket) await socket.send(parts);
}

async function publish({ XPublisher }: Library, { workload, address }: FeederRequest): Promise<void> {
  const socket = new XPublisher({ noDrop: true, verbosity: 'allSubs' });
  await socket.bind(address);
  for (let seen = 0; seen < workload.subscribers; seen++) await socket.receive();
  const body = Buffer.alloc(workload.bodyBytes, 1);
  for (;;) {
    try {
      for (let i = 0; i < TURN_MESSAGES / workload.subscribers; i++) await socket.send(body);
    } catch (error) {
      // Where ours waits, npm zeromq says that somebody has no room.
      if ((error as { code?: string }).code !== 'EAGAIN') throw error;
    }
    await nextTurn();
  }
}

const request = JSON.parse(process.argv[2] ?? '{}') as FeederRequest;
const library = await loadLibrary(request.library);
await { push, request: reply, publish }[request.workload.kind](library, request);
