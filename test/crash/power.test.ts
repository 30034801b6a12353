/** The power switch on a toy writer: what was synced stays, what was not is taken back. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import { buildShim, PowerSwitch } from './power.ts';
import { Random } from './random.ts';

const shim = buildShim();
const folders: string[] = [];
after(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});
const skip = typeof shim === 'string' ? shim : false;

/** Runs the script in a folder `data` under the shim until it says so, kills it, and cuts the power. */
async function afterCut(script: string, random: Random): Promise<string> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'dragoman-power-'));
  folders.push(folder);
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  const power = new PowerSwitch((shim as { library: string }).library, folder);
  const source = `const fs = require('node:fs'); ${script}; console.log('done'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', source], { cwd: data, env: { ...process.env, ...power.env } });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await exited;
  power.cut(random);
  return data;
}

/** Seeds whose first choice is to undo everything, or only some. */
const all = (): Random => new Random([1, 2, 3, 4, 5, 6, 7, 8].find((seed) => new Random(seed).chance(0.5))!);

const syncFolder = `const folder = fs.openSync(process.cwd(), 'r'); fs.fsyncSync(folder)`;
const path0 = `const at = (name) => process.cwd() + '/' + name`;

test('unsynced writes, sizes and truncations go back, synced ones stay', { skip }, async () => {
  const data = await afterCut(
    `${path0}; const fd = fs.openSync(at('a'), 'w+'); fs.writeSync(fd, 'synced...', 0); ${syncFolder};
     fs.fdatasyncSync(fd);
     fs.writeSync(fd, 'LOST', 2); fs.writevSync(fd, [Buffer.from('and '), Buffer.from('longer')], 9);
     const gd = fs.openSync(at('b'), 'w+'); fs.writeSync(gd, 'whole'); fs.fsyncSync(gd); fs.fsyncSync(folder);
     fs.ftruncateSync(gd, 2);
     fs.writeSync(gd, 'x', 0)`,
    all(),
  );
  assert.equal(fs.readFileSync(path.join(data, 'a'), 'utf8'), 'synced...');
  assert.equal(fs.readFileSync(path.join(data, 'b'), 'utf8'), 'whole');
});

test('creations, renames and removals go back until their folder is synced', { skip }, async () => {
  const data = await afterCut(
    `${path0}; for (const name of ['kept', 'removed', 'old', 'target']) fs.closeSync(fs.openSync(at(name), 'w'));
     const fd = fs.openSync(at('target'), 'r+'); fs.writeSync(fd, 'first'); fs.fsyncSync(fd); ${syncFolder};
     fs.unlinkSync(at('removed')); fs.renameSync(at('old'), at('target'));
     fs.closeSync(fs.openSync(at('made'), 'w'))`,
    all(),
  );
  assert.deepEqual(fs.readdirSync(data).sort(), ['kept', 'old', 'removed', 'target']);
  assert.equal(fs.readFileSync(path.join(data, 'target'), 'utf8'), 'first');
});

test('a cut that keeps some sectors never touches what was synced', { skip }, async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const data = await afterCut(
      `${path0}; const fd = fs.openSync(at('a'), 'w+'); fs.writeSync(fd, Buffer.alloc(8192, 1), 0, 8192, 0);
     ${syncFolder};
       fs.fsyncSync(fd); fs.writeSync(fd, Buffer.alloc(2048, 2), 0, 2048, 1024)`,
      new Random(seed),
    );
    const file = fs.readFileSync(path.join(data, 'a'));
    assert.equal(file.length, 8192);
    for (let at = 0; at < file.length; at += 512) {
      const sector = file.subarray(at, at + 512);
      assert.ok(
        sector.every((byte) => byte === sector[0]),
        'sectors are whole',
      );
      if (at < 1024 || at >= 3072) assert.equal(sector[0], 1);
    }
  }
});
