/**
 * kcat, the command-line client that Debian ships (librdkafka 2.0.2, an old one on purpose), one check after another.
 */
import { randomBytes } from 'node:crypto';
import { type Failure, missingCommand, type Outcome, type Suite, type Target } from '../suite.ts';
import { checks } from './checks.ts';
import { Kcat } from './kcat.ts';

export const kcat: Suite = {
  name: 'kcat',
  listener: 'kafka',
  settings: { DRAGOMAN_KAFKA_PARTITIONS: '4' },

  missing: () => missingCommand(['kcat', '-V']),

  async run(target: Target): Promise<Outcome> {
    const passed: string[] = [];
    const failed: Failure[] = [];
    const skipped: Failure[] = [];
    const prefix = `kcat-${randomBytes(4).toString('hex')}`;
    for (const [index, { name, needsSasl, check }] of checks.entries()) {
      if (!name.includes(target.only ?? '')) continue;
      const port = needsSasl === true ? target.saslPort : target.port;
      if (port === undefined) {
        skipped.push({ name, reason: 'no port with SASL was given' });
        continue;
      }
      try {
        await check(new Kcat(`${target.host}:${port}`), `${prefix}-${index}`);
        passed.push(name);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failed.push({ name, reason: reason.replaceAll(/\s+/g, ' ') });
      }
    }
    return { passed, failed, skipped };
  },
};
