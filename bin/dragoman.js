#!/usr/bin/env node
/**
 * The entry, in JavaScript that every Node understands: finds a Node that can run the broker and hands over.
 *
 *   this Node is new enough        -> here
 *   else the packaged one is there -> there, as a child that gets our signals and gives us its exit code
 *   else                           -> one line that says what to do
 */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const packaged = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
// The published package carries compiled JavaScript, a checkout its sources.
const source = new URL('../src/server/cli.ts', import.meta.url);
const main = existsSync(source) ? source : new URL('../src/server/cli.js', import.meta.url);

if (major > 22 || (major === 22 && minor >= 18)) {
  module.enableCompileCache();
  await import(main.href);
} else if (existsSync(packaged)) {
  await hand(packaged);
} else {
  console.error(
    `dragoman: needs Node.js 22.18 or later, this is ${process.version}: install a later one from nodejs.org`,
  );
  process.exitCode = 1;
}

async function hand(node) {
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, DRAGOMAN_STARTED_AT_MS: String(performance.timeOrigin) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`dragoman: cannot run ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));
}
