/**
 * `@Listen`, compiled both ways by `tsc`: Node itself runs no decorators.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dragoman-decorators-')));
after(() => rmSync(folder, { recursive: true }));

const client = relative(folder, join(ROOT, 'src/client/index.ts'));
const SOURCE = `
import { connect, Listen, queue } from '${client}';
const Orders = queue<number>('orders');
const Mails = queue<string>('mails');
class Base {
  readonly got: string[] = [];
  @Listen(Mails) async onMail(text: string) { this.got.push('mail ' + text); }
}
class Billing extends Base {
  readonly name = 'billing';
  @Listen(Orders, { concurrency: 2 }) onOrder(order: number) { this.got.push(this.name + ' ' + order); }
}
export async function run(): Promise<string[]> {
  await using mq = await connect('memory://decorators');
  const billing = new Billing();
  const listeners = await mq.register(billing);
  await mq.send(Orders, 7);
  await mq.send(Mails, 'hello');
  while (billing.got.length < 2) await new Promise(setImmediate);
  return [...billing.got.sort(), String(listeners.length)];
}
export const registerNothing = async () => (await connect('memory://nothing')).register(new Date());
`;
writeFileSync(join(folder, 'decorated.ts'), SOURCE);
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

function compiled(name: string, options: readonly string[]): string {
  const out = join(folder, name);
  const language = ['--module', 'nodenext', '--target', 'es2024', '--rewriteRelativeImportExtensions'];
  const checks = ['--noCheck', '--skipLibCheck', '--ignoreConfig', '--rootDir', '/', '--outDir', out];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, ...language, ...checks, ...options, join(folder, 'decorated.ts')]);
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }');
  return pathToFileURL(join(out, folder, 'decorated.js')).href;
}

const MODES = { standard: [], legacy: ['--experimentalDecorators', '--emitDecoratorMetadata'] };

for (const [mode, options] of Object.entries(MODES)) {
  test(`@Listen as a ${mode} decorator`, async () => {
    const { run, registerNothing } = await import(compiled(mode, options));
    assert.deepEqual(await run(), ['billing 7', 'mail hello', '2']);
    await assert.rejects(registerNothing(), /no method of Date has @Listen/);
  });
}
