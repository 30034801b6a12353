/**
 * The plainest model of a sharing that a random test can compare with: maps and sets, looked through from the start.
 */
export interface ModelMessage {
  settled: boolean;
  /** Until when it is out; null: it is not. */
  deadline: number | null;
  attempts: number;
}

export class SharingModel {
  /** By log, then by offset. */
  readonly logs: ModelMessage[][] = [];
  /** As it was when everything was last committed. */
  private committed: ModelMessage[][] = [];

  constructor(logs: number) {
    for (let log = 0; log < logs; log++) this.logs.push([]);
    this.commit();
  }

  publish(log: number): void {
    this.logs[log]?.push({ settled: false, deadline: null, attempts: 0 });
  }

  at(log: number, offset: number): ModelMessage {
    return this.logs[log]?.[offset] as ModelMessage;
  }

  /** The offset that is given next. */
  next(log: number, now: number): number {
    return (
      this.logs[log]?.findIndex(({ settled, deadline }) => !settled && (deadline === null || deadline <= now)) ?? -1
    );
  }

  isBusy(log: number, now: number): boolean {
    return this.logs[log]?.some(({ settled, deadline }) => !settled && deadline !== null && deadline > now) ?? false;
  }

  floor(log: number): number {
    const messages = this.logs[log] as ModelMessage[];
    const first = messages.findIndex(({ settled }) => !settled);
    return first < 0 ? messages.length : first;
  }

  /** Somebody else says where the group goes on. */
  move(log: number, offset: number): void {
    for (const [at, message] of (this.logs[log] as ModelMessage[]).entries()) {
      Object.assign(message, { settled: at < offset, deadline: null, attempts: 0 });
    }
  }

  commit(): void {
    this.committed = this.logs.map((messages) => messages.map((message) => ({ ...message })));
  }

  /** What was committed is left; a first giving is not noted anywhere. */
  restart(): void {
    for (const [log, messages] of this.committed.entries()) {
      this.logs[log] = messages.map(({ settled, attempts }) => ({
        settled,
        deadline: null,
        attempts: attempts > 1 ? attempts : 0,
      }));
    }
    this.commit();
  }
}
