/** Transacted sessions, kill, restart, compare; again and again: the crash proof over OpenWire. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerProcess } from './broker-process.ts';
import { OpenWireLoad } from './openwire-load.ts';
import { Random } from './random.ts';

export interface OpenWireCrashOptions {
  readonly cycles: number;
  readonly seed: number;
  readonly loadMsMax: number;
  readonly say: (line: string) => void;
}

export async function openwireCrashRun({ cycles, seed, loadMsMax, say }: OpenWireCrashOptions): Promise<OpenWireLoad> {
  const random = new Random(seed);
  const data = mkdtempSync(join(tmpdir(), 'dragoman-openwire-crash-'));
  const load = new OpenWireLoad(random.fork());
  const start = () => BrokerProcess.start({ data, listener: 'openwire' });
  for (let cycle = 1; cycle <= cycles && load.violations.length === 0; cycle++) {
    const broker = await start();
    if (cycle > 1) await load.inspect(broker.port);
    const afterMs = random.between(50, loadMsMax);
    const loading = load.run(broker.port);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await broker.kill();
    await loading;
    say(`cycle ${cycle}: killed after ${afterMs} ms, ${load.committed} batches committed, ${load.moved} moved`);
  }
  const last = await start();
  await load.inspect(last.port);
  await last.stop();
  if (load.violations.length === 0) rmSync(data, { recursive: true });
  else say(`the folder is kept: ${data}`);
  return load;
}
