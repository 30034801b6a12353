/**
 * The real broker as a child process: started on a folder, killed, asked what it printed.
 *
 * It gets a process group of its own, so that a wrapper (strace) and the broker die by the same signal and a kill never
 * reaches anything else. Its port is chosen by the kernel and read from its `listening NAME HOST:PORT` line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { LISTENER_NAMES } from '../../src/server/view.ts';

const repository = path.resolve(import.meta.dirname, '../..');

export interface BrokerOptions {
  readonly data: string;
  readonly durability?: 'fsync' | 'os';
  /** The listener that is meant, by the name that the broker prints; others are started only where it needs them. */
  readonly listener?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A command to run the broker under, e.g. `strace -f ...`. */
  readonly wrapper?: readonly string[];
  readonly readyWithinMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const ROCKETMQ = ['rocketmq', 'rocketmq-namesrv', 'rocketmq-grpc'];

/** A client of RocketMQ is sent from one of its listeners to another. */
function startedWith(listener: string): readonly string[] {
  return ROCKETMQ.includes(listener) ? ROCKETMQ : [listener];
}

export class BrokerProcess {
  readonly child: ChildProcess;
  private readonly listener: string;
  readonly exited: Promise<Exit>;
  private readonly text: { stdout: string; stderr: string } = { stdout: '', stderr: '' };
  private readonly portKnown: Promise<number>;
  port = 0;

  constructor(options: BrokerOptions) {
    const [command, ...args] = [...(options.wrapper ?? []), process.execPath, path.join(repository, 'bin/dragoman.js')];
    this.listener = options.listener ?? 'amqp';
    const started = startedWith(this.listener);
    const portOf = (name: string) => {
      if (name === this.listener) return String(options.port ?? 0);
      return started.includes(name) ? '0' : 'off';
    };
    const ports = LISTENER_NAMES.flatMap((name) => [`--${name}-port`, portOf(name)]);
    const broker = ['--data', options.data, ...ports];
    this.child = spawn(command!, [...args, ...broker, '--durability', options.durability ?? 'fsync'], {
      cwd: repository,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    this.exited = new Promise((resolve, reject) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
      this.child.once('error', reject);
    });
    this.portKnown = this.readPort();
    this.portKnown.catch(() => {}); // a broker killed while it starts is nobody's error
  }

  static async start(options: BrokerOptions): Promise<BrokerProcess> {
    const broker = new BrokerProcess(options);
    try {
      await broker.ready(options.readyWithinMs ?? 60_000);
    } catch (error) {
      await broker.kill();
      throw error;
    }
    return broker;
  }

  async ready(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the broker was not ready in ${withinMs} ms${this.said()}`)), withinMs);
    });
    try {
      this.port = await Promise.race([this.portKnown, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private readPort(): Promise<number> {
    const listening = new RegExp(`^listening ${this.listener} \\S*:(\\d+)$`, 'm');
    return new Promise((resolve, reject) => {
      for (const name of ['stdout', 'stderr'] as const) {
        this.child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
          this.text[name] = (this.text[name] + chunk).slice(-65_536);
          const port = listening.exec(this.text.stdout)?.[1];
          if (port !== undefined && /^ready in /m.test(this.text.stdout)) resolve(Number(port));
        });
      }
      this.exited.then(
        (exit) => reject(new Error(`the broker ended before it was ready (${describeExit(exit)})${this.said()}`)),
        reject,
      );
    });
  }

  /** Of every listener that was started, by name. */
  get ports(): Readonly<Record<string, number>> {
    const lines = this.text.stdout.matchAll(/^listening (\S+) \S*:(\d+)$/gm);
    return Object.fromEntries([...lines].map(([, name = '', port]) => [name, Number(port)]));
  }

  get output(): string {
    return this.text.stdout + this.text.stderr;
  }

  get errors(): string {
    return this.text.stderr;
  }

  private said(): string {
    return this.output === '' ? '' : `; it said:\n${this.output.trimEnd()}`;
  }

  /** SIGKILL, to it and its wrapper. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    return this.exited;
  }

  /** SIGTERM: the broker settles, commits and exits 0. Killed if it does not. */
  async stop(withinMs = 10_000): Promise<Exit> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), withinMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  private signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}
