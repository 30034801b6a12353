/**
 * Tidiness that a machine can judge: sizes, names, and things that should not be in a repository.
 *
 * The ratchet lists files that are longer than they should be, each with the reason. It only gets shorter: a file that
 * is short enough again must leave it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const ROOT = new URL('..', import.meta.url).pathname;

const COLUMNS_MAX = 120;
const LINES_MAX = 400;

const RATCHET: Readonly<Record<string, string>> = {};

const CODE = /\.(ts|js|mjs|c|sh)$/;
const TEXT = /\.(ts|js|mjs|c|sh|java|json|jsonc|md|ya?ml|html|css)$|^\.ci\/run$/;
/** Lists that are as they are. */
const NOT_OURS = /^(package-lock\.json|LICENSE)$|\/results\//;

const BANNED_WORDS = /(^|[-.])(manager|helper|helpers|util|utils|impl|handler|misc|common)([-.]|$)/i;

/** Spelt in pieces, so that this file does not find itself. */
const LEFTOVERS = [
  ['TO', 'DO'],
  ['FIX', 'ME'],
  ['XX', 'X:'],
  ['debug', 'ger;'],
  ['<<<<', '<<<'],
  ['>>>>', '>>>'],
  ['.only', '('],
].map((pieces) => pieces.join(''));

const PLACES = [
  new RegExp(['/(work', 'home', 'Users|root)/[a-z]'].join('|')),
  new RegExp(['registry', 'npmjs|registry', 'yarnpkg'].join('\\.')),
];

/** What git has or would take. */
function filesOfRepository(): string[] {
  const listing = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listing, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  return files.filter((file) => existsSync(join(ROOT, file)));
}

const files = filesOfRepository();

function linesOf(file: string): string[] {
  return readFileSync(join(ROOT, file), 'utf8').split('\n');
}

/** Every place where `wrong` says so, as `file:line`. */
function findings(which: RegExp, wrong: (line: string) => boolean): string[] {
  const found: string[] = [];
  for (const file of files) {
    if (!which.test(file) || NOT_OURS.test(file)) continue;
    for (const [index, line] of linesOf(file).entries()) if (wrong(line)) found.push(`${file}:${index + 1}`);
  }
  return found;
}

test('there are files to judge', () => {
  assert.ok(files.includes('package.json') && files.includes('src/index.ts'));
});

test(`no line of code is longer than ${COLUMNS_MAX} columns`, () => {
  assert.deepEqual(
    findings(CODE, (line) => line.length > COLUMNS_MAX),
    [],
  );
});

test(`no file is longer than ${LINES_MAX} lines, but for those in the ratchet`, () => {
  const long = files.filter((file) => CODE.test(file) && linesOf(file).length > LINES_MAX + 1);
  assert.deepEqual(long.sort(), Object.keys(RATCHET).sort());
});

test('files are named by a noun, in lower case, and not by a word that says nothing', () => {
  const code = files.filter((file) => /^(src|test|bench)\/.*\.ts$/.test(file));
  assert.deepEqual(
    code.filter((file) => BANNED_WORDS.test(basename(file))),
    [],
  );
  assert.deepEqual(
    code.filter((file) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(basename(file))),
    [],
  );
});

test('every source file opens by saying what it is', () => {
  const sources = files.filter((file) => /^src\/.*\.ts$/.test(file));
  assert.deepEqual(
    sources.filter((file) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(readFileSync(join(ROOT, file), 'utf8'))),
    [],
  );
});

test('nothing was left lying about', () => {
  assert.deepEqual(
    findings(TEXT, (line) => LEFTOVERS.some((leftover) => line.includes(leftover))),
    [],
  );
});

test('nothing depends on one machine or one registry', () => {
  assert.deepEqual(
    findings(TEXT, (line) => PLACES.some((place) => place.test(line))),
    [],
  );
  assert.ok(!readFileSync(join(ROOT, 'package-lock.json'), 'utf8').includes('"resolved"'));
});

test('the lock file knows the packages of every platform', () => {
  type Entry = { readonly optionalDependencies?: Readonly<Record<string, string>> };
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Entry> };
  const missing: string[] = [];
  for (const [place, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const known = `node_modules/${name}` in lock.packages || `${place}/node_modules/${name}` in lock.packages;
      if (!known) missing.push(name);
    }
  }
  assert.deepEqual(missing, []);
});
