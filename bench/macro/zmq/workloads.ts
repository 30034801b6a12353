/**
 * What is measured: one entry a row of the table. Both ends are processes of their own, over tcp on loopback.
 *
 * *push*     PUSH to PULL as fast as it goes; counted where it arrives. In batches: `sendMany` and `receiveMany`, which
 *            npm zeromq does not have, so that its row is the same as one by one. One by one: `await send` and
 *            `for await`.
 * *request*  REQ to REP and back, one after the other.
 * *publish*  PUB to many SUB that want everything, with `noDrop`, so that what is sent is received; deliveries count.
 */

export interface Workload {
  name: string;
  title: string;
  kind: 'push' | 'request' | 'publish';
  bodyBytes: number;
  batches: boolean;
  subscribers: number;
  /** What the issue promises, as text. */
  target: string;
}

const push = { kind: 'push', subscribers: 0 } as const;

export const workloads: readonly Workload[] = [
  {
    ...push,
    name: 'push-100b-many',
    title: 'PUSH 100 B, in batches',
    bodyBytes: 100,
    batches: true,
    target: '6x zeromq, 0.7x libzmq',
  },
  {
    ...push,
    name: 'push-100b',
    title: 'PUSH 100 B, one by one',
    bodyBytes: 100,
    batches: false,
    target: '4x zeromq',
  },
  {
    ...push,
    name: 'push-64k-many',
    title: 'PUSH 64 KiB, in batches',
    bodyBytes: 65_536,
    batches: true,
    target: '0.5x libzmq',
  },
  {
    ...push,
    name: 'push-64k',
    title: 'PUSH 64 KiB, one by one',
    bodyBytes: 65_536,
    batches: false,
    target: '0.5x libzmq',
  },
  {
    kind: 'request',
    name: 'request-100b',
    title: 'REQ and REP 100 B',
    bodyBytes: 100,
    batches: false,
    subscribers: 0,
    target: '1x zeromq',
  },
  {
    kind: 'publish',
    name: 'publish-100b',
    title: 'PUB 100 B to 100 SUB',
    bodyBytes: 100,
    batches: false,
    subscribers: 100,
    target: '2x zeromq',
  },
];
