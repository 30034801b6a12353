/**
 * SocketOutbox: one socket as a session sees it. The session writes what a turn has gathered in one call; whether to
 * read is decided by two who must both agree, the session (publishers have to wait) and the outbox (the peer does not
 * take what it asked for).
 */
import type { Socket } from 'node:net';
import { serverLimits } from './limits.ts';

export class SocketOutbox {
  readonly #socket: Socket;
  #heldBySession = false;
  #heldByPeer = false;
  #closing: NodeJS.Timeout | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array, release: (() => void) | null): void {
    if (!this.#socket.writable) {
      release?.();
      return;
    }
    if (release === null) this.#socket.write(bytes);
    else this.#socket.write(bytes, release);
    if (this.pendingBytes > serverLimits.unsentBytesMax && !this.#heldByPeer) {
      this.#heldByPeer = true;
      this.#socket.pause();
    }
  }

  /** The socket's buffer is empty again. */
  drained(): void {
    if (!this.#heldByPeer) return;
    this.#heldByPeer = false;
    this.#goOn();
  }

  pause(): void {
    this.#heldBySession = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#heldBySession = false;
    this.#goOn();
  }

  close(): void {
    if (this.#closing !== null || this.#socket.destroyed) return;
    this.#socket.end();
    // Whatever else arrives is dropped, or a peer that goes on sending would never see the end.
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
    this.#closing = setTimeout(() => this.#socket.destroy(), serverLimits.closingMs);
    this.#closing.unref();
  }

  /** The socket is closed. */
  ended(): void {
    if (this.#closing !== null) clearTimeout(this.#closing);
  }

  #goOn(): void {
    if (!this.#heldBySession && !this.#heldByPeer) this.#socket.resume();
  }
}
