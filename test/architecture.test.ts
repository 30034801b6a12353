/**
 * The layers: which folder may import which (DESIGN in docs/ARCHITECTURE.md; the rules are in
 * .dependency-cruiser.json).
 *
 * A checker that looks at nothing finds nothing, so two tests look at the checker: it must have seen every source file,
 * and it must catch violations that are planted in a copy.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cruise, type ICruiseResult } from 'dependency-cruiser';

const ROOT = new URL('..', import.meta.url).pathname;

interface Rules {
  readonly forbidden: readonly unknown[];
  readonly options: object;
}

const rules = JSON.parse(readFileSync(join(ROOT, '.dependency-cruiser.json'), 'utf8')) as Rules;

async function cruiseSources(baseDir: string): Promise<ICruiseResult> {
  const { forbidden, options } = rules;
  const settings = { ...options, baseDir, validate: true, ruleSet: { forbidden } } as Parameters<typeof cruise>[1];
  const { output } = await cruise(['src'], settings);
  return output as ICruiseResult;
}

function violationsOf(result: ICruiseResult): string[] {
  return result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

test('imports go down the layers, and never in a circle', async () => {
  const result = await cruiseSources(ROOT);
  assert.deepEqual(violationsOf(result), []);

  const cruised = result.modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts')).map((file) => `src/${file}`);
  assert.deepEqual(cruised.sort(), sources.sort(), 'every source file was looked at');
});

const PLANTED: readonly (readonly [rule: string, file: string, content: string])[] = [
  ['core-imports-core', 'src/core/planted.ts', "import { readFileSync } from 'node:fs';\nreadFileSync('x');\n"],
  [
    'core-imports-core',
    'src/core/typed.ts',
    "import type { Engine } from '../store/engine.ts';\nexport type E = Engine;\n",
  ],
  ['bytes-imports-nothing', 'src/bytes/planted.ts', "import '../core/ids.ts';\n"],
  ['session-imports-wire-core-bytes', 'src/session/other/planted.ts', "import '../amqp091/host.ts';\n"],
  ['journal-imports-no-engine', 'src/store/journal/planted.ts', "import '../memory/engine.ts';\n"],
  ['no-cycles', 'src/core/ring-a.ts', "import { b } from './ring-b.ts';\nexport const a = () => b;\n"],
];

test('the checker catches what is planted', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'dragoman-architecture-'));
  try {
    cpSync(join(ROOT, 'src'), join(copy, 'src'), { recursive: true });
    for (const [, file, content] of PLANTED) {
      mkdirSync(join(copy, file, '..'), { recursive: true });
      writeFileSync(join(copy, file), content);
    }
    writeFileSync(join(copy, 'src/core/ring-b.ts'), "import { a } from './ring-a.ts';\nexport const b = () => a;\n");
    const violations = violationsOf(await cruiseSources(copy));
    for (const [rule, file] of PLANTED) {
      assert.ok(
        violations.some((line) => line.startsWith(`${rule}: ${file}`)),
        `${rule} at ${file} among:\n${violations.join('\n')}`,
      );
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
});
