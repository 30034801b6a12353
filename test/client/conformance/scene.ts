/**
 * What the conformance suite runs on: a broker, connections to it by one scheme, and messages that are waited for.
 */
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { CAPABILITIES, type Connection, type ConnectOptions, connect, type Scheme } from '../../../src/client/index.ts';

/** Which broker and which driver. */
export interface Subject {
  readonly name: string;
  readonly scheme: Scheme;
  start(): Promise<RunningBroker>;
  /** The protocol has no messages without a body. */
  readonly refusesEmpty?: boolean;
}

/** Stopped when the test's connections are closed. */
export interface RunningBroker {
  readonly url: string;
  stop(): Promise<void>;
}

/** Of anything that should come. */
export const DEADLINE_MS = 30_000;

/** What came, and promises of what will. */
export class Arrivals<Item> {
  readonly all: Item[] = [];
  #wanted: { readonly count: number; readonly resolve: () => void }[] = [];

  push(item: Item): void {
    this.all.push(item);
    const due = this.#wanted.filter(({ count }) => this.all.length >= count);
    this.#wanted = this.#wanted.filter((wanted) => !due.includes(wanted));
    for (const { resolve } of due) resolve();
  }

  /** The first so many. */
  async count(count: number): Promise<readonly Item[]> {
    if (this.all.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wanted.push({ count, resolve });
      await within(promise, () => `${count} arrivals; there were ${this.all.length}: ${JSON.stringify(this.all)}`);
    }
    return this.all.slice(0, count);
  }
}

/** Rejects with what was awaited if it does not come. */
export async function within<Value>(promise: Promise<Value>, what: () => string): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not in ${DEADLINE_MS} ms: ${what()}`)), DEADLINE_MS);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class Scene {
  readonly url: string;
  readonly scheme: Scheme;
  readonly #connections: Connection[] = [];

  private constructor(scheme: Scheme, url: string) {
    this.scheme = scheme;
    this.url = url;
  }

  static async open(context: TestContext, subject: Subject): Promise<Scene> {
    const broker = await subject.start();
    const scene = new Scene(subject.scheme, broker.url);
    context.after(async () => {
      await Promise.all(scene.#connections.map((connection) => connection.close()));
      await broker.stop();
    });
    return scene;
  }

  get can(): (typeof CAPABILITIES)[Scheme] {
    return CAPABILITIES[this.scheme];
  }

  /** Closed before the broker is. Errors that handlers throw on purpose are not warned about. */
  async connect(options: ConnectOptions = {}): Promise<Connection> {
    const connection = await connect<string>(this.url, { group: 'tests', onError: () => {}, ...options });
    this.#connections.push(connection);
    return connection;
  }

  /** A name that no other test has. */
  name(prefix = 'topic'): string {
    return `${prefix}-${randomBytes(6).toString('hex')}`;
  }
}
