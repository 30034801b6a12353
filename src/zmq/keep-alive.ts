/**
 * KeepAlive: what keeps the process running are operations that wait, not sockets that are open.
 *
 * As with zeromq.js, a program ends when nothing waits any more: no `receive`, no `send`, no `bind`, no closing socket
 * with messages to deliver. So all handles are unreferenced, and one timer stands for all that waits; referencing it
 * costs next to nothing, which a socket's handle would not on every round trip.
 */
const NEVER_MS = 0x7fff_ffff;

let holds = 0;
let timer: NodeJS.Timeout | null = null;

/** Something waits: the process stays until `release`. */
export function hold(): void {
  holds++;
  if (holds > 1) return;
  if (timer === null) timer = setInterval(() => {}, NEVER_MS);
  else timer.ref();
}

export function release(): void {
  holds--;
  if (holds === 0) timer?.unref();
}
