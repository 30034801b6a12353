/** Which version of a client is installed. */
import { readFileSync } from 'node:fs';

export function versionOf(name: string): string {
  const url = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${(JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version}`;
}
