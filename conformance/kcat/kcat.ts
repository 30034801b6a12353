/** Runs kcat: what goes in, what comes out. Every run has a deadline, and every consumer checks each batch's CRC. */
import { command } from '../suite.ts';

const DEADLINE_MS = 30_000;

export interface Record {
  readonly partition: number;
  readonly offset: number;
  readonly tstype: string;
  readonly ts: number;
  readonly headers?: readonly string[];
  readonly key: string | null;
  readonly payload: string | null;
}

interface Metadata {
  readonly originating_broker: { readonly name: string };
  readonly controllerid: number;
  readonly brokers: readonly { readonly id: number; readonly name: string }[];
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly leader: number }[];
  }[];
}

export class Kcat {
  readonly broker: string;

  constructor(broker: string) {
    this.broker = broker;
  }

  /** What it printed on standard error; throws if it did not end well. */
  async produce(topic: string, input: string | readonly string[], ...args: readonly string[]): Promise<string> {
    const text = typeof input === 'string' ? input : input.map((line) => `${line}\n`).join('');
    return (await this.well(['-P', '-t', topic, ...args], text)).errors;
  }

  /** From the beginning to the end that is there, unless `args` say something else. */
  async consume(topic: string, ...args: readonly string[]): Promise<Record[]> {
    const from = args.includes('-o') ? [] : ['-o', 'beginning'];
    return this.records(['-C', '-t', topic, '-e', ...from, ...args]);
  }

  async group(group: string, topic: string, ...args: readonly string[]): Promise<Record[]> {
    return this.records(['-G', group, '-e', '-X', 'auto.offset.reset=earliest', ...args, topic]);
  }

  async metadata(...args: readonly string[]): Promise<Metadata> {
    return JSON.parse((await this.well(['-L', '-J', ...args])).output) as Metadata;
  }

  /** The first offset at or after a time; -1 asks for the end, -2 for the beginning. */
  async offset(topic: string, partition: number, time: number): Promise<number> {
    const { output } = await this.well(['-Q', '-t', `${topic}:${partition}:${time}`]);
    const offset = /^\S+ \[\d+\] offset (-?\d+)$/m.exec(output)?.[1];
    if (offset === undefined) throw new Error(`kcat -Q said ${output}`);
    return Number(offset);
  }

  /** What it said when it failed, as it must. */
  async failure(args: readonly string[], input = ''): Promise<string> {
    const { code, errors } = await this.run(args, input);
    if (code === 0) throw new Error(`kcat ${args.join(' ')} ended well`);
    return errors;
  }

  private async records(args: readonly string[]): Promise<Record[]> {
    const { output } = await this.well(['-J', '-X', 'check.crcs=true', ...args]);
    const lines = output.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Record);
  }

  private async well(args: readonly string[], input = ''): Promise<{ output: string; errors: string }> {
    const { code, output, errors } = await this.run(args, input);
    if (code !== 0) throw new Error(`kcat ${args.join(' ')} ended with ${code}: ${errors.trimEnd()}`);
    return { output, errors };
  }

  private async run(args: readonly string[], input: string) {
    const result = await command('kcat', ['-b', this.broker, ...args], { input, deadlineMs: DEADLINE_MS });
    if (result.late) {
      throw new Error(`kcat ${args.join(' ')} did not end in ${DEADLINE_MS} ms: ${result.errors.slice(-500)}`);
    }
    return result;
  }
}
