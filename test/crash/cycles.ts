/**
 * The crash run: load, SIGKILL at a random moment, restart on the same folder, compare with the ledger, again.
 *
 *   start ─► load ─► SIGKILL ─► (power cut) ─► (start, SIGKILL within recovery)* ─► start ─► inspect ─► load ...
 *
 * One seed decides everything that the run chooses. The timing of the processes is real, so a seed repeats the choices
 * and not the exact interleaving.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerProcess } from './broker-process.ts';
import { inspect } from './inspection.ts';
import { Ledger } from './ledger.ts';
import { connect, Load } from './load.ts';
import type { PowerSwitch } from './power.ts';
import { Random } from './random.ts';
import { ComingAndGoing, declareDurable, VOLATILE_QUEUES } from './topology.ts';

export interface CrashRunOptions {
  readonly cycles: number;
  readonly seed: number;
  readonly durability?: 'fsync' | 'os';
  /** The longest time under load in one cycle. */
  readonly loadMsMax?: number;
  /** Undo what no sync covered, after most of the kills. */
  readonly power?: (folder: string) => PowerSwitch;
  readonly env?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
  /** Whether the folder stays when something was violated. */
  readonly keep?: boolean;
}

export interface CrashRunResult {
  readonly cycles: number;
  readonly violations: readonly string[];
  readonly counts: Readonly<Ledger['counts']>;
  /** The data folder and its undo log, kept when something was violated. */
  readonly folder: string | undefined;
}

/** Everything that one data folder goes through, and what is known about it. */
export class CrashRun {
  readonly folder: string;
  readonly ledger = new Ledger();
  readonly random: Random;
  private readonly options: CrashRunOptions;
  private readonly queues = new ComingAndGoing();
  private readonly power: PowerSwitch | undefined;
  private life = 0;
  broker: BrokerProcess | undefined;

  private constructor(folder: string, options: CrashRunOptions) {
    this.folder = folder;
    this.options = options;
    this.random = new Random(options.seed);
    this.power = options.power?.(folder);
  }

  static async open(options: CrashRunOptions, folder?: string): Promise<CrashRun> {
    const run = new CrashRun(folder ?? (await mkdtemp(path.join(tmpdir(), 'dragoman-crash-'))), options);
    await run.declare();
    return run;
  }

  /**
   * Always synced, so that what a power cut then takes from a broker with `os` are messages, and not everything at
   * once.
   */
  private async declare(): Promise<void> {
    this.broker = await BrokerProcess.start({ ...this.brokerOptions(), durability: 'fsync' });
    const connection = await connect(this.broker.port);
    await declareDurable(await connection.createChannel());
    await connection.close();
    if (this.options.durability !== 'os') return;
    await this.broker.stop();
    this.power?.forget();
    await this.start();
  }

  get data(): string {
    return path.join(this.folder, 'data');
  }

  /** Starts the broker; `wrapper` and `env` for one life only. */
  async start(wrapper: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.broker = await BrokerProcess.start(this.brokerOptions(wrapper, env));
  }

  load(): Promise<Load> {
    return Load.start(this.broker!.port, this.ledger, this.random.fork(), this.life, this.queues);
  }

  /** Kills the broker, unless it is dead already, and tells the ledger. */
  async crash(load?: Load): Promise<void> {
    await this.broker?.kill();
    await load?.ended();
    this.ledger.crashed(VOLATILE_QUEUES);
    this.life += 1;
  }

  async compare(): Promise<void> {
    const connection = await connect(this.broker!.port);
    await inspect(connection, this.ledger);
    await this.queues.check(connection, this.ledger);
    await connection.close();
  }

  async cycle(): Promise<string> {
    const load = await this.load();
    const underLoadMs = this.random.between(100, this.options.loadMsMax ?? 1_500);
    await sleep(underLoadMs);
    await this.crash(load);
    const steps = [`killed after ${underLoadMs} ms`];
    this.cutPower(steps);
    while (this.random.chance(0.25)) {
      const broker = new BrokerProcess(this.brokerOptions());
      const recoveringMs = this.random.between(20, 300);
      await sleep(recoveringMs);
      await broker.kill();
      steps.push(`killed ${recoveringMs} ms into the start`);
      this.cutPower(steps);
    }
    await this.start();
    const { inspected } = this.ledger.counts;
    await this.compare();
    const { published, confirmed, secured } = this.ledger.counts;
    steps.push(`${this.ledger.counts.inspected - inspected} messages found`);
    return `${steps.join(', ')} (so far ${published} published, ${confirmed} confirmed, ${secured} acks secured)`;
  }

  async close(): Promise<CrashRunResult> {
    await this.broker?.kill();
    const { violations, counts } = this.ledger;
    const keep = violations.length > 0 && this.options.keep !== false;
    if (!keep) await rm(this.folder, { recursive: true, force: true });
    return { cycles: this.life, violations, counts, folder: keep ? this.folder : undefined };
  }

  private cutPower(steps: string[]): void {
    if (this.power === undefined || this.random.chance(0.25)) return;
    steps.push(this.power.cut(this.random));
  }

  private brokerOptions(wrapper: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const { durability = 'fsync' } = this.options;
    return { data: this.data, durability, wrapper, env: { ...this.options.env, ...this.power?.env, ...env } };
  }
}

export async function crashRun(options: CrashRunOptions): Promise<CrashRunResult> {
  const say = options.say ?? (() => {});
  const run = await CrashRun.open(options);
  try {
    for (let n = 1; n <= options.cycles && run.ledger.violations.length === 0; n++) {
      say(`cycle ${n}: ${await run.cycle()}`);
    }
  } catch (error) {
    run.ledger.report(`the run could not go on: ${error instanceof Error ? error.message : String(error)}`);
  }
  return run.close();
}
