/**
 * The end of a turn: links that were written to flush then, each with one write, however many messages there were.
 *
 * It comes right behind the poll phase in which the event loop dealt with sockets, so an answer to what was just
 * received leaves in the same round.
 */
export interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];

/** `link.flush` is called at the end of the turn; the caller sees to it that it asks once. */
export function flushAtEnd(link: Flushable): void {
  if (waiting.length === 0) setImmediate(flushAll);
  waiting.push(link);
}

let next: Promise<void> | null = null;

/** Resolves in the next turn, when sockets and timers have had their chance. */
export function nextTurn(): Promise<void> {
  next ??= new Promise((resolve) => {
    setImmediate(() => {
      next = null;
      resolve();
    });
  });
  return next;
}

function flushAll(): void {
  const links = waiting;
  waiting = [];
  for (const link of links) link.flush();
}
