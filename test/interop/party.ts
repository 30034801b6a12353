/**
 * Party: a client of one protocol, as the matrix uses it: to send letters to a topic and to receive what comes to one.
 *
 * Every topic of the matrix is an exchange that keeps a log. Who knows exchanges binds a queue to it, who knows topics
 * reads it, and ZeroMQ has an endpoint at it.
 */
import type { EmbeddedBroker } from '../../src/index.ts';

export type HeaderValue = string | number | boolean;

export interface Letter {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, HeaderValue>>;
}

export interface Party {
  readonly name: string;
  /** The library and its version. */
  readonly client: string;
  /** What its protocol has no place for. */
  readonly lacks?: { readonly headers?: true; readonly emptyBodies?: true };
  open(broker: EmbeddedBroker): Promise<OpenParty>;
}

export interface OpenParty {
  /** Resolves when the broker has taken it. */
  send(topic: string, letter: Letter): Promise<void>;
  /** Resolves when what is sent from now on will be received; what it gives waits for so many letters. */
  subscribe(topic: string): Promise<(count: number) => Promise<Letter[]>>;
  close(): Promise<void>;
}

/** Gathers letters for somebody who waits for a number of them. */
export class Letterbox {
  readonly #letters: Letter[] = [];
  #told: () => void = () => {};

  put(letter: Letter): void {
    this.#letters.push(letter);
    this.#told();
  }

  take = async (count: number): Promise<Letter[]> => {
    while (this.#letters.length < count) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
    return this.#letters;
  };
}
