/**
 * Credentials: who may come in. One answer for every listener: `user name + password + remote address -> User or null`.
 *
 * Without configured users there is `guest` with password `guest`, from loopback only. With configured users there are
 * those. An unknown name costs the same as a wrong password, and all comparisons take constant time.
 *
 * A hash is slow on purpose, and the answer is needed synchronously, in the middle of a handshake. So what was verified
 * once is remembered as an HMAC under a key of this process: a client that comes again pays microseconds.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { UserEntry, UserTag } from './config.ts';
import { isLoopback } from './loopback.ts';
import { hashPassword, type PasswordHash, parsePasswordHash, passwordMatches } from './password.ts';

export interface User {
  readonly name: string;
  readonly tags: readonly UserTag[];
}

interface Account extends User {
  readonly hash: PasswordHash | null;
  readonly loopbackOnly: boolean;
  /** HMAC of the password that was verified last; null before. */
  verified: Buffer | null;
}

const GUEST = 'guest';

export class Credentials {
  readonly #key = randomBytes(32);
  readonly #accounts = new Map<string, Account>();
  #decoy: PasswordHash | null = null;

  constructor(users: readonly UserEntry[]) {
    for (const { name, passwordHash, tags } of users) {
      const hash = parsePasswordHash(passwordHash);
      this.#accounts.set(name, { name, tags, hash, loopbackOnly: false, verified: null });
    }
    if (users.length > 0) return;
    const verified = this.#mac(GUEST);
    this.#accounts.set(GUEST, { name: GUEST, tags: ['administrator'], hash: null, loopbackOnly: true, verified });
  }

  /** null: not let in. Which of the three was wrong is not told. */
  check(name: string, password: string, remoteAddress: string): User | null {
    const account = this.#accounts.get(name);
    if (account === undefined) {
      this.#checkDecoy(password);
      return null;
    }
    const matches = this.#matches(account, password);
    if (!matches || (account.loopbackOnly && !isLoopback(remoteAddress))) return null;
    return account;
  }

  /** Whether who says nothing is let in, as guest. */
  letsIn(remoteAddress: string): boolean {
    return this.#accounts.get(GUEST)?.loopbackOnly === true && isLoopback(remoteAddress);
  }

  #matches(account: Account, password: string): boolean {
    const mac = this.#mac(password);
    if (account.verified !== null && timingSafeEqual(account.verified, mac)) return true;
    if (account.hash === null || !passwordMatches(password, account.hash)) return false;
    account.verified = mac;
    return true;
  }

  /** Lets the time of an answer not tell which names exist. Pointless, and skipped, while the only name is public. */
  #checkDecoy(password: string): void {
    if (this.#accounts.has(GUEST) && this.#accounts.size === 1) return;
    this.#decoy ??= parsePasswordHash(hashPassword(randomBytes(16).toString('hex')));
    if (this.#decoy !== null) passwordMatches(password, this.#decoy);
  }

  #mac(password: string): Buffer {
    return createHmac('sha256', this.#key).update(password).digest();
  }
}
