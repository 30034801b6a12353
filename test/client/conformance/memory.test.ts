/** The suite on `memory://`. */
import { randomBytes } from 'node:crypto';
import { connect } from '../../../src/client/index.ts';
import { conformance } from './suite.ts';

conformance({
  name: 'memory://',
  scheme: 'memory',
  async start() {
    const url = `memory://${randomBytes(6).toString('hex')}`;
    // The broker lives as long as somebody is connected.
    const keeper = await connect<string>(url);
    return { url, stop: () => keeper.close() };
  },
});
