import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileEngine } from '../../../src/store/file/engine.ts';

describe('the lock of a data folder', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dragoman-lock-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('keeps a second engine out with one clear line, and is given back by close', async () => {
    const first = fileEngine(folder);
    await first.open();
    await assert.rejects(fileEngine(folder).open(), {
      message: `the data folder ${folder} is in use by another process`,
    });
    await first.close();
    const second = fileEngine(folder);
    await second.open();
    await second.close();
  });

  it('is released by the death of its holder', async () => {
    const engine = new URL('../../../src/store/file/engine.ts', import.meta.url).href;
    const program = `const { fileEngine } = await import(${JSON.stringify(engine)});
      await fileEngine(${JSON.stringify(folder)}).open();
      console.log('open');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await assert.rejects(fileEngine(folder).open(), /in use by another process/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const next = fileEngine(folder);
    await next.open();
    await next.close();
  });
});
