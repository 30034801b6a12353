/** HoldLog: the log of a namespace in which messages wait; made when the first one is held. */
import type { Definition } from './definition.ts';
import type { ExchangeKeeper } from './exchange.ts';
import type { Hold } from './hold-table.ts';
import type { LogId, Offset } from './ids.ts';
import { Entry, type Message } from './message.ts';
import { PersistentMessage } from './persistent-message.ts';
import { COLD, type Log, type LogSet, type LogWatcher, READY } from './ports.ts';
import type { Environment } from './turn.ts';

export class HoldLog {
  /** What `read` found last. */
  readonly entry = new Entry();
  private readonly environment: Environment;
  private readonly keeper: ExchangeKeeper;
  private readonly watcher: LogWatcher;
  private log: Log | null = null;
  private set: LogSet | null = null;

  constructor(environment: Environment, keeper: ExchangeKeeper, watcher: LogWatcher) {
    this.environment = environment;
    this.keeper = keeper;
    this.watcher = watcher;
  }

  /** Messages that it holds, visible ones. */
  get living(): number {
    return this.log?.living ?? 0;
  }

  /** The log itself; only where something is held. */
  get source(): Log {
    return this.log as Log;
  }

  /** Appends it to the group being filled. */
  append(message: Message): Offset {
    const { store } = this.environment;
    const set = this.set ?? this.create();
    const offset = store.nextOffset(this.source);
    store.append(set, message.persistent ? message : new PersistentMessage(message));
    return offset;
  }

  /** Whether all of the transaction is committed. */
  holdsAll({ offset, count }: Hold): boolean {
    return offset + count <= this.source.end;
  }

  /** Asks for the first entry that is not resident. */
  resident({ offset, count }: Hold): boolean {
    const cursor = this.source.cursor();
    for (let member = offset; member < offset + count; member++) {
      cursor.seek(member);
      if (cursor.read(this.entry) !== COLD) continue;
      this.environment.store.load(this.source, member);
      return false;
    }
    return true;
  }

  /** Fills `entry`; false if damage in the journal took it. */
  read(offset: Offset): boolean {
    const cursor = this.source.cursor();
    cursor.seek(offset);
    return cursor.read(this.entry) === READY && this.entry.offset === offset;
  }

  release({ offset, count }: Hold): void {
    this.environment.store.release(this.source, offset, offset + count);
  }

  /** True if the log named is there; otherwise what was in it is lost, and a new one takes its place. */
  restore(id: LogId, logOf: (id: LogId) => Log): boolean {
    const log = logOf(id);
    this.use(log);
    if (log.id === id) return true;
    this.environment.store.define(this.definition(log));
    return false;
  }

  *definitions(): Generator<Definition> {
    if (this.log !== null) yield this.definition(this.log);
  }

  close(): void {
    if (this.log !== null) this.environment.store.drop(this.log);
    this.log = null;
    this.set = null;
  }

  private create(): LogSet {
    const { store } = this.environment;
    const log = store.createLog(true);
    store.define(this.definition(log));
    return this.use(log);
  }

  private use(log: Log): LogSet {
    log.watcher = this.watcher;
    this.log = log;
    this.set = this.keeper.routes.logSet([log]);
    return this.set;
  }

  private definition({ id: log }: Log): Definition {
    return { kind: 'hold-log', namespace: this.keeper.name, log };
  }
}
