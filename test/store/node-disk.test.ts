import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FOLDER, type Handle, promised } from '../../src/store/disk.ts';
import { NodeDisk } from '../../src/store/node-disk.ts';

describe('the real disk', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dragoman-disk-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const write = (disk: NodeDisk, handle: Handle, parts: Uint8Array[], at: number): Promise<void> =>
    promised((done) => disk.write(handle, parts, at, (fault) => done(fault, undefined)));
  const read = (disk: NodeDisk, handle: Handle, into: Uint8Array, at: number): Promise<number> =>
    promised((done) => disk.read(handle, into, at, done));

  for (const [what, parts] of [
    ['small', [10, 0, 300]],
    ['large', [100_000, 1, 200_000]],
    ['in more parts than one call takes', Array.from({ length: 3000 }, (_, index) => 20 + (index % 30))],
  ] as const) {
    it(`writes and reads what is ${what}`, async () => {
      const disk = new NodeDisk(join(folder, what));
      const handle = await promised<Handle>((done) => disk.open('file', (fault, opened) => done(fault, opened)));
      const bytes = parts.map((length, index) => new Uint8Array(length).fill(index + 1));
      await write(disk, handle, bytes, 7);
      const whole = new Uint8Array(Buffer.concat([new Uint8Array(7), ...bytes]));
      const into = new Uint8Array(whole.length + 100);
      assert.equal(await read(disk, handle, into, 0), whole.length);
      assert.ok(Buffer.compare(into.subarray(0, whole.length), whole) === 0);
      await promised((done) => disk.sync(handle, (fault) => done(fault, undefined)));
      disk.close(handle);
    });
  }

  it('renames, lists, removes and syncs the folder', async () => {
    const disk = new NodeDisk(join(folder, 'names'));
    const handle = await promised<Handle>((done) => disk.open('a', (fault, opened) => done(fault, opened)));
    disk.close(handle);
    await promised((done) => disk.rename('a', 'b', (fault) => done(fault, undefined)));
    assert.deepEqual(await promised<readonly string[]>((done) => disk.list(done)), ['b']);
    await promised((done) => disk.sync(FOLDER, (fault) => done(fault, undefined)));
    await promised((done) => disk.remove('b', (fault) => done(fault, undefined)));
    assert.deepEqual(await promised<readonly string[]>((done) => disk.list(done)), []);
    await assert.rejects(
      promised((done) => disk.remove('b', (fault) => done(fault, undefined))),
      { code: 'ENOENT' },
    );
  });

  it('says that a folder cannot be used', () => {
    assert.throws(() => new NodeDisk('/dev/null/data'), /ENOTDIR|EEXIST/);
  });
});
