/**
 * Sasl: how a client says who it is. PLAIN, in both ways in which tokens travel:
 *
 *   SaslHandshake v1 ─▶ SaslAuthenticate requests
 *   SaslHandshake v0 ─▶ bare tokens, each behind a length, and an empty one as the answer     (before Kafka 1.0)
 *
 * Wrong credentials are answered and end the connection; so does an unknown mechanism.
 */

export const MECHANISMS: readonly string[] = ['PLAIN'];

const EMPTY_FRAME = new Uint8Array(4);

/** A connection, as far as this matters here. */
export interface Claimant {
  readonly remoteAddress: string;
  user: string | null;
  mechanism: string | null;
  close(): void;
}

export interface Verifier {
  authenticate(user: string, password: string, remoteAddress: string): boolean;
}

export class Sasl {
  readonly #verifier: Verifier;
  /** Peers whose tokens come without a request around them. */
  readonly #raw = new WeakSet<Claimant>();

  constructor(verifier: Verifier) {
    this.#verifier = verifier;
  }

  begin(peer: Claimant, mechanism: string, raw: boolean): boolean {
    if (!MECHANISMS.includes(mechanism)) return false;
    peer.mechanism = mechanism;
    peer.user = null;
    if (raw) this.#raw.add(peer);
    else this.#raw.delete(peer);
    return true;
  }

  isRaw(peer: Claimant): boolean {
    return this.#raw.has(peer);
  }

  /** The frame that answers a bare token; a peer that is not let in is closed without one. */
  rawToken(peer: Claimant, token: Uint8Array): Uint8Array {
    this.#raw.delete(peer);
    if (!this.authenticate(peer, token)) peer.close();
    return peer.user === null ? new Uint8Array(0) : EMPTY_FRAME;
  }

  /** `[authorization id] NUL user NUL password`; the authorization id, if given, must be the user. */
  authenticate(peer: Claimant, token: Uint8Array): boolean {
    peer.mechanism = null;
    const parts = new TextDecoder().decode(token).split('\0');
    const [authorizationId, user, password] = parts;
    if (parts.length !== 3 || user === undefined || password === undefined || user === '') return false;
    if (authorizationId !== '' && authorizationId !== user) return false;
    if (!this.#verifier.authenticate(user, password, peer.remoteAddress)) return false;
    peer.user = user;
    return true;
  }
}
