/** Load, kill, restart, compare; again and again: the crash proof over Kafka. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerProcess } from './broker-process.ts';
import { KafkaLoad, PARTITIONS } from './kafka-load.ts';
import { Random } from './random.ts';

export interface KafkaCrashOptions {
  readonly cycles: number;
  readonly seed: number;
  readonly loadMsMax: number;
  readonly say: (line: string) => void;
}

export interface KafkaCrashResult {
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly committed: number;
}

export async function kafkaCrashRun({ cycles, seed, loadMsMax, say }: KafkaCrashOptions): Promise<KafkaCrashResult> {
  const random = new Random(seed);
  const data = mkdtempSync(join(tmpdir(), 'dragoman-kafka-crash-'));
  const load = new KafkaLoad(random.fork());
  const start = () =>
    BrokerProcess.start({ data, listener: 'kafka', env: { DRAGOMAN_KAFKA_PARTITIONS: String(PARTITIONS) } });
  for (let cycle = 1; cycle <= cycles && load.violations.length === 0; cycle++) {
    const broker = await start();
    if (cycle > 1) await load.inspect(broker.port);
    const afterMs = random.between(50, loadMsMax);
    const loading = load.run(broker.port, () => true);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await broker.kill();
    await loading;
    say(`cycle ${cycle}: killed after ${afterMs} ms, ${load.acknowledged} batches acknowledged`);
  }
  const last = await start();
  // Whatever was not answered is sent again, and must not be there twice.
  await load.run(last.port, () => false);
  await load.inspect(last.port);
  await last.stop();
  if (load.violations.length === 0) rmSync(data, { recursive: true });
  else say(`the folder is kept: ${data}`);
  return { violations: load.violations, acknowledged: load.acknowledged, committed: load.committed };
}
