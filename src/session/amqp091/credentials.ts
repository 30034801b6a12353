/**
 * SASL: from a mechanism's response to a user and a password. Whether they are right is the listener's `authenticate`.
 *
 *     PLAIN      [authorization id] 00 [user] 00 [password]
 *     AMQPLAIN   a field table without its length: LOGIN, PASSWORD
 */
import { decodeText, FieldReader } from '../../wire/amqp091/values.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Null where the response is not what the mechanism asks for. */
type Mechanism = (response: Uint8Array) => Credentials | null;

const plain: Mechanism = (response) => {
  const first = response.indexOf(0);
  const second = response.indexOf(0, first + 1);
  if (first < 0 || second < 0) return null;
  const user = decodeText(response, first + 1, second);
  const password = decodeText(response, second + 1, response.length);
  return user === null || password === null ? null : { user, password };
};

const amqplain: Mechanism = (response) => {
  const fields = new Map<string, unknown>();
  const reader = new FieldReader(response, 0, response.length);
  try {
    while (reader.at < reader.end) {
      const name = reader.shortstr();
      fields.set(name, reader.value(0));
    }
  } catch {
    return null;
  }
  const user = fields.get('LOGIN');
  const password = fields.get('PASSWORD');
  return typeof user === 'string' && typeof password === 'string' ? { user, password } : null;
};

export const MECHANISMS: ReadonlyMap<string, Mechanism> = new Map([
  ['PLAIN', plain],
  ['AMQPLAIN', amqplain],
]);
