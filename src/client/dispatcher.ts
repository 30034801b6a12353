/**
 * Runs at most so many handlers at a time, and those of one key one after the other.
 *
 *     put(job) ──► key busy? ──► behind it, in the key's own line
 *              └─► all busy? ──► in the common line
 *              └─► runs; when it ends, the next of its key, else the next of the common line
 *
 * There is no promise here: a job that does not end at once is reported by `ended` when it has.
 */

/** What is run: true says that it has ended, false that `ended` will be called. */
export type Run<Job> = (job: Job) => boolean;

/** First in, first out; what was taken is let go in strides. */
class Line<Job> {
  #jobs: (Job | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#jobs.length - this.#head;
  }

  push(job: Job): void {
    this.#jobs.push(job);
  }

  shift(): Job | undefined {
    const job = this.#jobs[this.#head];
    if (job === undefined) return undefined;
    this.#jobs[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#jobs.length || this.#head > 1_024) {
      this.#jobs = this.#jobs.slice(this.#head);
      this.#head = 0;
    }
    return job;
  }
}

export class Dispatcher<Job extends { readonly key: string | undefined }> {
  readonly #concurrency: number;
  readonly #run: Run<Job>;
  #line = new Line<Job>();
  /** Behind a running job of the same key. */
  readonly #keys = new Map<string, Job[]>();
  #running = 0;
  #isPaused = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(concurrency: number, run: Run<Job>) {
    this.#concurrency = concurrency;
    this.#run = run;
  }

  put(job: Job): void {
    if (this.#isPaused || this.#running >= this.#concurrency) this.#line.push(job);
    else this.#start(job);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#fill();
  }

  /** Starts nothing any more; resolves when what runs has ended. */
  async drain(): Promise<void> {
    this.#isPaused = true;
    this.#line = new Line();
    for (const line of this.#keys.values()) line.length = 0;
    if (this.#running === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  #start(job: Job): void {
    const key = this.#keyOf(job);
    if (key !== undefined) {
      const line = this.#keys.get(key);
      if (line !== undefined) {
        line.push(job);
        return;
      }
      this.#keys.set(key, []);
    }
    this.#running += 1;
    this.#runAll(job, key);
  }

  #keyOf(job: Job): string | undefined {
    return this.#concurrency > 1 ? job.key : undefined;
  }

  /** The job, and then what is behind it with the same key. */
  #runAll(first: Job | undefined, key: string | undefined): void {
    for (let job = first; job !== undefined; job = this.#nextOf(key)) if (!this.#run(job)) return;
    this.#running -= 1;
    if (this.#running === 0) this.#idle?.resolve();
  }

  /** A job that did not end at once has ended. */
  ended(job: Job): void {
    const key = this.#keyOf(job);
    this.#runAll(this.#nextOf(key), key);
    this.#fill();
  }

  /** Of the same key; without any, the key is free. */
  #nextOf(key: string | undefined): Job | undefined {
    if (key === undefined) return undefined;
    const next = this.#keys.get(key)?.shift();
    if (next === undefined) this.#keys.delete(key);
    return next;
  }

  #fill(): void {
    while (!this.#isPaused && this.#running < this.#concurrency && this.#line.length > 0) {
      this.#start(this.#line.shift() as Job);
    }
  }
}
