/**
 * A disk that fails: what the broker must do when write, fdatasync or the space gives out. Each scenario is a crash run
 * of one fault: start with the fault armed, load until it strikes, look at how the broker takes it, restart without,
 * compare.
 *
 *   failed sync, failed write   the process ends by itself with one clear line and a non-zero code
 *   kill at an exact sync       as any kill
 *   short writes                resumed: nothing to be seen from outside
 *   no space                    publishers are blocked (connection.blocked) and go on by themselves once there is space
 *
 * strace makes up the error of the n-th call in each thread; file writes are positional, so sockets are not touched.
 * Short writes come from undo.c. Space gives out twice: by strace, and for real on a small tmpfs filled by a ballast
 * file (root).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeExit, type Exit } from './broker-process.ts';
import { CrashRun } from './cycles.ts';
import { buildShim } from './power.ts';
import { Random } from './random.ts';

const WRITES = 'pwrite64,pwritev,pwritev2';
const SYNCS = 'fdatasync,fsync';
const TMPFS_MIB = 640;

export interface FaultResult {
  readonly name: string;
  readonly skipped?: string;
  readonly violations: readonly string[];
  readonly note: string;
  readonly folder: string | undefined;
}

interface Scenario {
  readonly name: string;
  readonly needs?: () => string | undefined;
  readonly run: (run: CrashRun, random: Random) => Promise<string>;
  readonly onTmpfs?: boolean;
}

const scenarios: readonly Scenario[] = [
  {
    name: 'eio-sync',
    needs: needsStrace,
    run: (run, random) => ends(run, SYNCS, `error=EIO:when=${random.between(3, 40)}+`),
  },
  {
    name: 'eio-write',
    needs: needsStrace,
    run: (run, random) => ends(run, WRITES, `error=EIO:when=${random.between(3, 40)}+`),
  },
  { name: 'kill-at-sync', needs: needsStrace, run: killedAt },
  { name: 'short-writes', needs: needsShim, run: shortWrites },
  { name: 'enospc', needs: needsStrace, run: noSpaceByStrace },
  { name: 'full-disk', needs: needsTmpfs, run: fullDisk, onTmpfs: true },
];

export const faultNames = scenarios.map(({ name }) => name);

export async function injectFault(name: string, seed: number): Promise<FaultResult> {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`no fault ${name}; there are ${faultNames.join(', ')}`);
  const skipped = scenario.needs?.();
  if (skipped !== undefined) return { name, skipped, violations: [], note: '', folder: undefined };
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'dragoman-fault-'));
  if (scenario.onTmpfs) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS_MIB}m`, 'dragoman-fault', folder]);
  let note = '';
  let kept: string | undefined;
  try {
    const inside = path.join(folder, 'run'); // a mount point can't be removed by the run
    fs.mkdirSync(inside);
    const run = await CrashRun.open({ cycles: 1, seed }, inside);
    try {
      note = await scenario.run(run, new Random(seed));
    } catch (error) {
      run.ledger.report(`the scenario could not go on: ${error instanceof Error ? error.message : String(error)}`);
    }
    const result = await run.close();
    kept = scenario.onTmpfs ? undefined : result.folder;
    return { name, violations: result.violations, note, folder: kept };
  } finally {
    if (scenario.onTmpfs) execFileSync('umount', [folder]);
    if (kept === undefined) fs.rmSync(folder, { recursive: true, force: true });
  }
}

function strace(calls: string, injection: string): readonly string[] {
  return [
    'strace',
    '-f',
    '-qq',
    '--seccomp-bpf',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:${injection}`,
  ];
}

/** A restart with the fault armed, so that it can't strike while the folder is made. */
async function arm(
  run: CrashRun,
  wrapper: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await run.broker?.stop();
  await run.start(wrapper, { ...env, UV_USE_IO_URING: '0' });
}

/** The fault must end the process by itself, with one clear line. */
async function ends(run: CrashRun, calls: string, injection: string): Promise<string> {
  await arm(run, strace(calls, injection));
  const load = await run.load();
  const exit = await Promise.race([run.broker!.exited, sleep(15_000)]);
  const { errors } = run.broker!;
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  if (exit === undefined) run.ledger.report(`still running 15 s after ${calls} began to fail (${injection})`);
  else if (exit.code === 0 || exit.code === null)
    run.ledger.report(`ended by ${describeExit(exit)}, not by a non-zero code`);
  if (exit !== undefined && lines.length !== 1)
    run.ledger.report(`said not one clear line but ${lines.length}: ${errors}`);
  await run.crash(load);
  await run.start();
  await run.compare();
  return `${injection} -> ${exit === undefined ? 'no exit' : describeExit(exit as Exit)}: ${lines.join(' / ')}`;
}

async function killedAt(run: CrashRun, random: Random): Promise<string> {
  const times = 5;
  for (let n = 0; n < times; n++) {
    const ready = arm(run, strace(SYNCS, `signal=KILL:when=${random.between(1, 60)}`));
    const load = await ready.then(
      () => run.load(),
      (error: unknown) => {
        if (!/SIGKILL/.test(String(error))) throw error; // else it was a sync of the start itself
        return undefined;
      },
    );
    if (load !== undefined) await Promise.race([run.broker!.exited, sleep(10_000)]);
    await run.crash(load);
    await run.start();
    await run.compare();
  }
  return `${times} kills as a sync began`;
}

async function shortWrites(run: CrashRun, random: Random): Promise<string> {
  const shim = buildShim();
  if (typeof shim === 'string') throw new Error(shim);
  const undo = {
    LD_PRELOAD: shim.library,
    UNDO_DIR: run.data,
    UNDO_LOG: path.join(run.folder, 'undo.log'),
  };
  const every = random.between(2, 5);
  await arm(run, [], { ...undo, UNDO_SHORT: String(every) });
  const load = await run.load();
  await sleep(1_500);
  await run.crash(load);
  await run.start();
  await run.compare();
  return `one positional write in ${every} written half; ${run.ledger.counts.confirmed} confirmed`;
}

async function noSpaceByStrace(run: CrashRun, random: Random): Promise<string> {
  const from = random.between(5, 30);
  await arm(run, strace(`${WRITES},fallocate,ftruncate`, `error=ENOSPC:when=${from}..${from + 3}`));
  return blocksAndRecovers(
    run,
    async () => {},
    async () => {},
  );
}

async function fullDisk(run: CrashRun): Promise<string> {
  const ballast = path.join(run.folder, 'ballast');
  return blocksAndRecovers(
    run,
    async () => fill(ballast),
    async () => fs.rmSync(ballast),
  );
}

async function blocksAndRecovers(run: CrashRun, full: () => Promise<void>, free: () => Promise<void>): Promise<string> {
  const load = await run.load();
  await full();
  const blocked = await until(() => load.blocked !== undefined, 60_000);
  const { blocked: reason } = load;
  if (!blocked) run.ledger.report('no connection.blocked within 60 s of a disk without space');
  await free();
  const recovered = await until(() => load.blocked === undefined, 30_000);
  if (!recovered) run.ledger.report('no connection.unblocked within 30 s of space coming back');
  const { confirmed } = run.ledger.counts;
  const goesOn = await until(() => run.ledger.counts.confirmed > confirmed + 100, 10_000);
  if (!goesOn) run.ledger.report('no further confirms within 10 s of space coming back');
  await run.crash(load);
  await run.start();
  await run.compare();
  return `blocked (${reason ?? 'never'}), then ${goesOn ? 'on again' : 'stuck'}`;
}

async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(20)) if (condition()) return true;
  return condition();
}

/** Takes all space there is. */
function fill(file: string): void {
  const fd = fs.openSync(file, 'w');
  for (const bytes of [1 << 20, 4096]) {
    const piece = Buffer.alloc(bytes);
    try {
      while (fs.writeSync(fd, piece) === bytes) {}
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  fs.closeSync(fd);
}

function needsStrace(): string | undefined {
  return spawnSync('strace', ['-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', 'true']).status === 0
    ? undefined
    : 'strace is not installed or may not trace here';
}

function needsShim(): string | undefined {
  const shim = buildShim();
  return typeof shim === 'string' ? shim : undefined;
}

function needsTmpfs(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting a small tmpfs needs Linux and root';
  const probe = fs.mkdtempSync(path.join(tmpdir(), 'dragoman-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'dragoman-probe', probe]).status === 0;
  if (mounted) execFileSync('umount', [probe]);
  fs.rmdirSync(probe);
  return mounted ? undefined : 'mounting a tmpfs is not allowed here';
}
