/** Runs the programs of Kafka's `bin` folder by their Java classes, with a deadline each. */
import fs from 'node:fs';
import path from 'node:path';
import { command } from '../suite.ts';

const DEADLINE_MS = 60_000;

/** As the scripts of that folder are called, without `.sh`. */
const CLASSES = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'kafka-e2e-latency': 'org.apache.kafka.tools.EndToEndLatency',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-groups': 'org.apache.kafka.tools.GroupsCommand',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'kafka-verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
} as const;

export type Tool = keyof typeof CLASSES;

export class Tools {
  readonly broker: string;
  private readonly classpath: string;
  private readonly scratch: string;

  constructor(broker: string, classpath: string, scratch: string) {
    this.broker = broker;
    this.classpath = classpath;
    this.scratch = scratch;
  }

  /** The lines that it printed; throws if it did not end well. */
  async lines(tool: Tool, args: readonly string[], input?: string): Promise<string[]> {
    const { code, text } = await this.run(tool, args, input);
    if (code !== 0) throw new Error(`${tool} ${args.join(' ')} ended with ${code}: ${text}`);
    return text.split('\n').filter((line) => line !== '');
  }

  /** What it printed when it failed, as it must. */
  async failure(tool: Tool, args: readonly string[]): Promise<string> {
    const { code, text } = await this.run(tool, args);
    if (code === 0) throw new Error(`${tool} ${args.join(' ')} ended well: ${text}`);
    return text;
  }

  /** A file for tools that read their arguments from one. */
  file(name: string, content: string): string {
    fs.mkdirSync(this.scratch, { recursive: true });
    const file = path.join(this.scratch, name);
    fs.writeFileSync(file, content);
    return file;
  }

  private async run(tool: Tool, args: readonly string[], input = ''): Promise<{ code: number | null; text: string }> {
    const start = ['-Xmx128m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=off', '-cp', this.classpath, CLASSES[tool]];
    // kafka-cluster has a verb before its options.
    const all = [...start, ...args, '--bootstrap-server', this.broker];
    const { code, output, errors, late } = await command('java', all, { input, deadlineMs: DEADLINE_MS });
    const text = output + errors;
    if (late) throw new Error(`${tool} ${args.join(' ')} did not end in ${DEADLINE_MS} ms: ${text.slice(-500)}`);
    return { code, text };
  }
}
