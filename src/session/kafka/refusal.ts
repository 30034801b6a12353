/**
 * Refusal: why something that an administrator asked for is not done: the error code that programs decide by, and the
 * text that people read. It is returned, not thrown: one request asks for many things, and the others go on.
 */
import { ERROR } from '../../wire/kafka/error-codes.ts';
import { isTopicName } from './topic-name.ts';

/** As in topic-name.ts. */
const NAME_CHARACTERS_MAX = 249;

export class Refusal {
  readonly code: number;
  readonly message: string;

  constructor(code: number, message: string) {
    this.code = code;
    this.message = message;
  }
}

export function invalid(message: string): Refusal {
  return new Refusal(ERROR.INVALID_REQUEST, message);
}

/** null: it is a name that a topic may have. */
export function refusalOfName(name: string): Refusal | null {
  if (isTopicName(name)) return null;
  return new Refusal(ERROR.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${problemOfName(name)}`);
}

function problemOfName(name: string): string {
  if (name === '') return 'the empty string is not allowed';
  if (name === '.' || name === '..') return `'${name}' is not allowed`;
  if (name.length > NAME_CHARACTERS_MAX) return `it is longer than ${NAME_CHARACTERS_MAX} characters`;
  return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

export function noSuchTopic(name: string): Refusal {
  return refusalOfName(name) ?? new Refusal(ERROR.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${name}' does not exist.`);
}

/** The names that come more than once: of each, nothing is done. */
export function repeated(names: Iterable<string>): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return twice;
}
