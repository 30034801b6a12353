/**
 * npm run crash -- [--cycles N] [--seed N] [--load-ms N] [--durability fsync|os]     kill, restart, compare
 *                  [--protocol kafka]  idempotent producers and a group that commits, instead of AMQP
 *                  [--protocol rocketmq]  transactions that are decided, or asked about
 *                  [--protocol openwire]  transacted sessions
 *                  [--power]           undo unsynced writes after the kills; then prove it on --durability os
 *                  [--faults [NAME]]   failing syncs and writes, short writes, no space
 *
 * Prints the seed, a line a cycle and the ledger's sums; exits 1 at the first broken promise and keeps the folder.
 */
import { parseArgs } from 'node:util';
import { type CrashRunOptions, crashRun } from './cycles.ts';
import { faultNames, injectFault } from './faults.ts';
import { kafkaCrashRun } from './kafka-cycles.ts';
import { openwireCrashRun } from './openwire-cycles.ts';
import { buildShim, PowerSwitch } from './power.ts';
import { rocketmqCrashRun } from './rocketmq-cycles.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cycles: { type: 'string' },
    seed: { type: 'string' },
    'load-ms': { type: 'string', default: '1500' },
    durability: { type: 'string', default: 'fsync' },
    protocol: { type: 'string', default: 'amqp' },
    power: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => console.log(line);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const durability = values.durability === 'os' ? 'os' : 'fsync';
const common = { seed, loadMsMax: Number(values['load-ms']), say };

async function kills(options: CrashRunOptions): Promise<boolean> {
  const { violations, counts, cycles, folder } = await crashRun(options);
  say(
    `${cycles} crashes: ${Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
  );
  for (const violation of violations.slice(0, 20)) say(`  BROKEN: ${violation}`);
  say(
    violations.length === 0
      ? '  every promise kept'
      : `  ${violations.length} broken promises; seed ${options.seed}, ${folder}`,
  );
  return violations.length === 0;
}

async function kafkaKills(cycles: number): Promise<boolean> {
  const { violations, acknowledged, committed } = await kafkaCrashRun({ ...common, cycles });
  say(`${cycles} crashes: ${acknowledged} batches acknowledged, positions committed up to ${committed} in all`);
  for (const violation of violations.slice(0, 20)) say(`  BROKEN: ${violation}`);
  say(violations.length === 0 ? '  every promise kept' : `  ${violations.length} broken promises; seed ${seed}`);
  return violations.length === 0;
}

async function rocketmqKills(cycles: number): Promise<boolean> {
  const { violations, held, decided, checked, delivered } = await rocketmqCrashRun({ ...common, cycles });
  say(`${cycles} crashes: ${held} half messages, ${decided} decisions, ${checked} checks, ${delivered} delivered`);
  for (const violation of violations) say(`  BROKEN: ${violation}`);
  say(violations.length === 0 ? '  every promise kept' : `  ${violations.length} broken promises; seed ${seed}`);
  return violations.length === 0;
}

async function openwireKills(cycles: number): Promise<boolean> {
  const { violations, committed, rolledBack, moved } = await openwireCrashRun({ ...common, cycles });
  say(`${cycles} crashes: ${committed} batches committed, ${rolledBack} rolled back, ${moved} messages moved`);
  for (const violation of violations.slice(0, 20)) say(`  BROKEN: ${violation}`);
  say(violations.length === 0 ? '  every promise kept' : `  ${violations.length} broken promises; seed ${seed}`);
  return violations.length === 0;
}

async function powerCuts(): Promise<boolean> {
  const shim = buildShim();
  if (typeof shim === 'string') {
    say(`skipped: ${shim}`);
    return true;
  }
  const power = (folder: string): PowerSwitch => new PowerSwitch(shim.library, folder);
  const cycles = Number(values.cycles ?? 10);
  say(`power cuts, --durability ${durability}, ${cycles} cycles`);
  if (!(await kills({ ...common, cycles, durability, power }))) return false;
  if (durability === 'os') return true;
  say('the same with --durability os, which must lose something, or this run proves nothing');
  const proof = await crashRun({ ...common, cycles: 10, durability: 'os', keep: false, power });
  const lost = proof.violations.filter((violation) => /is lost/.test(violation));
  say(lost.length > 0 ? `  caught: ${lost[0]} (and ${lost.length - 1} more)` : '  NOT CAUGHT: nothing was lost');
  return lost.length > 0;
}

async function faults(): Promise<boolean> {
  let good = true;
  for (const name of positionals.length > 0 ? positionals : faultNames) {
    const result = await injectFault(name, seed);
    const verdict = result.skipped !== undefined ? 'skipped' : result.violations.length === 0 ? 'ok' : 'BROKEN';
    say(`${name}: ${verdict}: ${result.skipped ?? result.note}`);
    for (const violation of result.violations.slice(0, 20)) say(`  BROKEN: ${violation}`);
    if (result.folder !== undefined) say(`  kept in ${result.folder}`);
    good = good && result.violations.length === 0;
  }
  return good;
}

if (values.help) {
  say('npm run crash -- [--cycles N] [--seed N] [--load-ms N] [--durability fsync|os] [--power] [--faults [NAME ...]]');
  say(`faults: ${faultNames.join(', ')}`);
} else {
  say(`seed ${seed}`);
  const run = values.faults
    ? faults
    : values.power
      ? powerCuts
      : values.protocol === 'kafka'
        ? () => kafkaKills(Number(values.cycles ?? 20))
        : values.protocol === 'rocketmq'
          ? () => rocketmqKills(Number(values.cycles ?? 20))
          : values.protocol === 'openwire'
            ? () => openwireKills(Number(values.cycles ?? 20))
            : () => kills({ ...common, cycles: Number(values.cycles ?? 20), durability });
  process.exitCode = (await run()) ? 0 : 1;
}
