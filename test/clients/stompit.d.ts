/** What the tests use of stompit, which brings no types. */
declare module 'stompit' {
  import type { Writable } from 'node:stream';

  interface Message {
    readString(encoding: string, callback: (error: Error | null, text?: string) => void): void;
  }

  interface Client {
    send(headers: Record<string, string>): Writable;
    subscribe(headers: Record<string, string>, callback: (error: Error | null, message: Message) => void): void;
    ack(message: Message): void;
    disconnect(callback: () => void): void;
  }

  type Connected = (error: Error | null, client: Client) => void;

  const stompit: { connect(options: { host: string; port: number }, callback: Connected): void };
  export default stompit;
  export type { Client };
}
