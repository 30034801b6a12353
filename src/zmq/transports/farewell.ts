/**
 * The farewell of a pipe: its messages may still go out for a limited time, and meanwhile the process stays.
 */
import { hold, release } from '../keep-alive.ts';
import type { Pipe } from '../pipe.ts';

/** Resolves once nothing of the pipe is unsent, or when time is up. */
export function lingered(pipe: Pipe, lingerMs: number): Promise<void> {
  if (pipe.unsent === 0 || lingerMs === 0) return Promise.resolve();
  return new Promise((resolve) => {
    hold();
    let timer: NodeJS.Timeout | null = null;
    const end = (): void => {
      if (timer !== null) clearTimeout(timer);
      pipe.onSent = null;
      release();
      resolve();
    };
    pipe.onSent = end;
    if (lingerMs > 0) timer = setTimeout(end, lingerMs);
  });
}
