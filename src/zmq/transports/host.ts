/**
 * What transports need of the socket that they work for, and what the socket needs of them.
 */
import type { Peer, PeerRequest, Verdict } from '../../wire/zmtp/handshake.ts';
import type { SocketTypeName } from '../../wire/zmtp/socket-type.ts';
import type { Event } from '../events.ts';
import type { Pipe } from '../pipe.ts';
import type { Settings } from '../settings.ts';

export interface TransportHost {
  readonly type: SocketTypeName;
  /** As they are now; a transport keeps what it needs for later. */
  readonly settings: Readonly<Settings>;
  newPipe(): Pipe;
  /** A pipe of which messages may be taken and to which they may be written; false if it is one too many. */
  attach(pipe: Pipe): boolean;
  detach(pipe: Pipe): void;
  /** A connection for the pipe; false if its peer is not wanted. */
  admit(pipe: Pipe, peer: Peer): boolean;
  /** The pipe was plugged to it. */
  connected(pipe: Pipe): void;
  disconnected(pipe: Pipe): void;
  authenticate(request: PeerRequest, address: string): Promise<Verdict>;
  emit(event: Event): void;
}

/** An address that is bound or connected. */
export interface Attachment {
  /** As it is known to others: with the port that the system chose. */
  readonly address: string;
  /** Has it messages that are not on their way? */
  readonly unsent: boolean;
  /** Ends it, at the latest after `lingerMs`; a negative time means never. */
  close(lingerMs: number): Promise<void>;
}
