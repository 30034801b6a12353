/**
 * Configuration: the options in force, gathered from four places and checked. Later ones win:
 *
 *   defaults  <  configuration file  <  environment  <  command line
 *
 * What is wrong is one line that names the place and what would be right. A key that the file has and we do not know is
 * an error (it is a misspelling that would go unnoticed); an unknown variable of the environment is not, because others
 * put variables there too.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as v from 'valibot';
import {
  flagOf,
  initialValues,
  kebabOf,
  type OptionName,
  type OptionValues,
  optionNames,
  options,
  variableOf,
} from './options.ts';
import { parsePasswordHash } from './password.ts';

/** A mistake of whoever starts the broker: told in one line, without a stack. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

export const USER_TAGS = ['administrator', 'monitoring', 'management'] as const;
export type UserTag = (typeof USER_TAGS)[number];

const HASH_RULE = 'a hash made by `dragoman hash-password`';

const USER = v.strictObject({
  name: v.pipe(v.string('a text'), v.nonEmpty('a text that is not empty'), v.maxLength(255, 'at most 255 characters')),
  'password-hash': v.pipe(
    v.string(HASH_RULE),
    v.check((text) => parsePasswordHash(text) !== null, HASH_RULE),
  ),
  tags: v.optional(v.array(v.picklist(USER_TAGS, `one of ${USER_TAGS.join(', ')}`), 'a list'), []),
});

const USERS = v.pipe(
  v.array(USER, 'a list of users'),
  v.check((users) => new Set(users.map((user) => user.name)).size === users.length, 'users whose names differ'),
);

export interface UserEntry {
  readonly name: string;
  readonly passwordHash: string;
  readonly tags: readonly UserTag[];
}

export interface Configuration extends OptionValues {
  /** Empty: `guest` / `guest`, from loopback only. */
  readonly users: readonly UserEntry[];
}

/** What was given on the command line: text, or true for a switch. */
export type Flags = Partial<Record<OptionName | 'config', string | boolean>>;

export function readConfiguration(flags: Flags, environment: NodeJS.ProcessEnv): Configuration {
  const values = initialValues();
  let users: readonly UserEntry[] = [];
  const file = flags.config ?? environment[variableOf('config')];
  if (file !== undefined) {
    const content = readFile(String(file));
    for (const [key, input] of content) {
      if (key === 'users') users = parseUsers(input, `${file}: users`);
      else set(values, nameOf(key, String(file)), input, `${file}: ${key}`);
    }
  }
  for (const name of optionNames) {
    const variable = variableOf(name);
    if (environment[variable] !== undefined) set(values, name, environment[variable], variable);
    if (flags[name] !== undefined) set(values, name, flags[name], flagOf(name));
  }
  return { ...values, users };
}

function set(values: OptionValues, name: OptionName, input: unknown, place: string): void {
  const result = v.safeParse(options[name].schema as v.GenericSchema, input);
  if (!result.success) throw mistake(place, input, result.issues[0].message);
  (values as Record<OptionName, unknown>)[name] = result.output;
}

function nameOf(key: string, file: string): OptionName {
  const name = optionNames.find((known) => kebabOf(known) === key);
  if (name === undefined) throw new ConfigurationError(`${file}: there is no option "${key}"`);
  return name;
}

function parseUsers(input: unknown, place: string): readonly UserEntry[] {
  const result = v.safeParse(USERS, input);
  if (!result.success) {
    const [issue] = result.issues;
    const path = v.getDotPath(issue);
    // Never the value itself: a password may have been written where its hash belongs.
    throw new ConfigurationError(`${place}${path === null ? '' : `.${path}`}: expected ${expectation(issue)}`);
  }
  return result.output.map((user) => ({ name: user.name, passwordHash: user['password-hash'], tags: user.tags }));
}

/** Our own messages say what is right; the library's, for a missing or unknown key, say what is wrong. */
function expectation(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object') return issue.message;
  return issue.expected === 'never' ? 'no such key' : 'it to be given';
}

function mistake(place: string, input: unknown, rule: string): ConfigurationError {
  return new ConfigurationError(`${place}: ${JSON.stringify(input)} is not allowed; expected ${rule}`);
}

/** YAML is loaded only when there is a file: a broker without one starts without the library. */
function readFile(path: string): readonly (readonly [string, unknown])[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(
      `cannot read the configuration file ${path}: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
  const { parse } = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    throw new ConfigurationError(`${path}: ${line?.replace(/:$/, '')}`);
  }
  if (content === null || content === undefined) return [];
  if (typeof content !== 'object' || Array.isArray(content))
    throw new ConfigurationError(`${path}: expected "option: value" lines`);
  return Object.entries(content);
}
