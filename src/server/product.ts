/**
 * What the broker says of itself: to clients in their handshakes, in the API and in the metrics.
 */
import { readFileSync } from 'node:fs';

const PACKAGE = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

export const PRODUCT = {
  product: 'Dragoman',
  version: PACKAGE.version,
  platform: `Node.js ${process.version}`,
} as const;
