/**
 * One real client's proof: how it says what it lacks, what it needs of the broker, and how it is run.
 *
 * A suite leaves what it downloads and builds in its own `.work/` folder (not in git), by the ordinary package clients,
 * so that a second run starts at once. It reports tests by name; names listed in its tests.allow must pass.
 */
import { spawn } from 'node:child_process';
import net from 'node:net';

/** The listeners that suites speak to, by the names that the broker prints. */
export type Listener = 'amqp' | 'kafka' | 'rocketmq-namesrv' | 'rocketmq-grpc' | 'openwire' | 'stomp';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Ports of further listeners that the suite needs, by name. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Where the broker wants SASL: the same port on ours, another one or none on an original. */
  readonly saslPort?: number;
  /** Whether the runner started this broker (and not somebody with --broker). */
  readonly own: boolean;
  /** Run the tests with this in their name and no others, where the suite can choose. */
  readonly only?: string;
}

export interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly Failure[];
  /** Those that found something missing that they need, by their own words. */
  readonly skipped?: readonly Failure[];
}

export interface Failure {
  readonly name: string;
  readonly reason: string;
}

export interface Suite {
  readonly name: string;
  /** The listener that its target is; AMQP if nothing is said. */
  readonly listener?: Listener;
  /** What the broker is told beside its ports, as environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A port that the client's tests have written into them. */
  readonly port?: number;
  /** Why it can't run here, if it can't. */
  missing(): Promise<string | undefined>;
  run(target: Target): Promise<Outcome>;
}

export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  /** Whether it had to be ended because its time was up. */
  readonly late: boolean;
}

export function command(
  file: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
    readonly deadlineMs?: number;
    readonly onLine?: (line: string) => void;
  } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [output, errors] = ['', ''];
    let rest = '';
    let late = false;
    const end = (): void => {
      late = true;
      child.kill('SIGKILL');
    };
    const timer = options.deadlineMs === undefined ? undefined : setTimeout(end, options.deadlineMs);
    child.stdin.on('error', () => {}); // a program may end before it has read everything
    child.stdin.end(options.input ?? '');
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output, errors, late });
    });
  });
}

/** As `command`, for the steps before the tests: a failure ends the suite with the last lines that were said. */
export async function prepare(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const { code, output, errors } = await command(file, args, cwd === undefined ? {} : { cwd });
  if (code === 0) return output;
  const said = `${output}${errors}`.trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(`${file} ${args.join(' ')} failed (${code}):\n${said}`);
}

/** The first of these commands that can't be run is why a suite is skipped. */
export async function missingCommand(
  ...attempts: readonly (readonly [string, ...string[]])[]
): Promise<string | undefined> {
  for (const [file, ...args] of attempts) {
    const found = await command(file, args).catch(() => undefined);
    if (found?.code !== 0) return `${file} is not installed`;
  }
  return undefined;
}

export function portIsFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
