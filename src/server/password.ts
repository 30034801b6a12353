/**
 * Password hashes: scrypt with its parameters and salt written beside it, so that hashes of different cost can stand in
 * one file.
 *
 *   scrypt$<log2 N>$<r>$<p>$<salt, base64url>$<key, base64url>
 *
 * Checking one costs tens of milliseconds of CPU on purpose. `Credentials` (credentials.ts) sees to it that a client
 * that connects often pays once.
 */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

const COST_LOG2 = 14;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** Bounds what a hash in a file can make us compute and allocate (128 * N * r bytes). */
const COST_LOG2_MAX = 17;

const SHAPE = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,86})\$([\w-]{22,86})$/;

export interface PasswordHash {
  readonly costLog2: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** null if it is not a hash that we would compute. */
export function parsePasswordHash(text: string): PasswordHash | null {
  const [, costLog2, blockSize, parallelism, salt, key] = SHAPE.exec(text) ?? [];
  if (salt === undefined || key === undefined) return null;
  const parsed = {
    costLog2: Number(costLog2),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
  if (parsed.costLog2 < 10 || parsed.costLog2 > COST_LOG2_MAX) return null;
  if (parsed.blockSize < 1 || parsed.blockSize > 16 || parsed.parallelism < 1 || parsed.parallelism > 4) return null;
  return parsed;
}

export function hashPassword(password: string): string {
  const salt = randomBytes(SALT_BYTES);
  const parameters = {
    costLog2: COST_LOG2,
    blockSize: BLOCK_SIZE,
    parallelism: PARALLELISM,
    salt,
    key: Buffer.alloc(KEY_BYTES),
  };
  const key = derive(password, parameters);
  const cost = [COST_LOG2, BLOCK_SIZE, PARALLELISM].join('$');
  return `scrypt$${cost}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

export function passwordMatches(password: string, hash: PasswordHash): boolean {
  return timingSafeEqual(derive(password, hash), hash.key);
}

function derive(password: string, hash: PasswordHash): Buffer {
  const N = 2 ** hash.costLog2;
  const maxmem = 256 * N * hash.blockSize;
  return scryptSync(password, hash.salt, hash.key.length, { N, r: hash.blockSize, p: hash.parallelism, maxmem });
}
