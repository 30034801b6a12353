/** PersistentMessage: what promises to survive a restart is persistent, whatever its publisher said. */
import type { Message } from './message.ts';

export class PersistentMessage implements Message {
  readonly persistent = true;
  private readonly message: Message;

  constructor(message: Message) {
    this.message = message;
  }

  get format(): number {
    return this.message.format;
  }

  get priority(): number {
    return this.message.priority;
  }

  get timestamp(): number {
    return this.message.timestamp;
  }

  get expiresAt(): number {
    return this.message.expiresAt;
  }

  get count(): number {
    return this.message.count;
  }

  get length(): number {
    return this.message.length;
  }

  write(target: Uint8Array, at: number): void {
    this.message.write(target, at);
  }
}
