/** Transactions, kill, restart, compare; again and again: the crash proof over RocketMQ. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerProcess } from './broker-process.ts';
import { Random } from './random.ts';
import { RocketmqLoad } from './rocketmq-load.ts';

export interface RocketmqCrashOptions {
  readonly cycles: number;
  readonly seed: number;
  readonly loadMsMax: number;
  readonly say: (line: string) => void;
}

/** So quick that transactions are asked about within a cycle, and never given up. */
const CHECKS = {
  DRAGOMAN_CHECK_IMMUNITY_MS: '100',
  DRAGOMAN_CHECK_INTERVAL_MS: '200',
  DRAGOMAN_CHECKS_MAX: '1000000',
};
const QUIET_MS = 1_000;

export async function rocketmqCrashRun({ cycles, seed, loadMsMax, say }: RocketmqCrashOptions): Promise<RocketmqLoad> {
  const random = new Random(seed);
  const data = mkdtempSync(join(tmpdir(), 'dragoman-rocketmq-crash-'));
  const load = new RocketmqLoad(random.fork());
  const start = () => BrokerProcess.start({ data, listener: 'rocketmq', env: CHECKS });
  for (let cycle = 1; cycle <= cycles && load.violations.length === 0; cycle++) {
    const broker = await start();
    if (cycle > 1) await load.inspect(broker.port);
    const afterMs = random.between(50, loadMsMax);
    const loading = load.run(broker.port, () => true);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await broker.kill();
    await loading;
    say(
      `cycle ${cycle}: killed after ${afterMs} ms, ${load.held} held, ${load.decided} decided, ${load.checked} checks`,
    );
  }
  const last = await start();
  await load.finish(last.port, QUIET_MS);
  await last.stop();
  if (load.violations.length === 0) rmSync(data, { recursive: true });
  else say(`the folder is kept: ${data}`);
  return load;
}
