/**
 * node test/interop/table.ts      writes docs/interop-matrix.md: the matrix as it came out here, now
 */
import { writeFileSync } from 'node:fs';
import { type Pair, parties, runMatrix } from './matrix.ts';

const page = new URL('../../docs/interop-matrix.md', import.meta.url);
const results = new Map<string, string>();
await runMatrix((pair) => results.set(`${pair.from.name} ${pair.to.name}`, outcome(pair)));

const head = `| from \\ to | ${parties.map(({ name }) => name).join(' | ')} |`;
const line = `|---|${parties.map(() => '---|').join('')}`;
const rows = parties.map((from) => {
  return `| **${from.name}** | ${parties.map((to) => results.get(`${from.name} ${to.name}`)).join(' | ')} |`;
});
const clients = parties.map(({ name, client }) => `| ${name} | ${client} |`);
writeFileSync(
  page,
  `# Every protocol to every protocol

Written by \`node test/interop/table.ts\`, which runs what \`test/interop/matrix.test.ts\` runs. Each client sends a
text, all 256 bytes, an empty body and 1 MiB to a topic, with headers that are not ASCII and not only text; a client of
each protocol receives them.

- **all**: bodies to the byte, headers by name and value
- **bodies**: one of the two has no headers

${head}
${line}
${rows.join('\n')}

RocketMQ takes no empty bodies from its clients; it hands out those that others have sent. What becomes of types and of
the other fields of a message is in [translation](protocols/translation.md).

| protocol | client |
|---|---|
${clients.join('\n')}

Own codec: there is no client on npm. The Java clients of RocketMQ and ActiveMQ are in \`conformance/\`.
`,
);
process.exit(0);

function outcome({ from, to, sent, received }: Pair): string {
  const hasBodies = sent.every(({ body }, index) => received[index]?.body.equals(body) === true);
  if (!hasBodies) return 'FAILED';
  if (from.lacks?.headers === true || to.lacks?.headers === true) return 'bodies';
  const hasHeaders = sent.every(({ headers }, index) =>
    Object.entries(headers).every(([name, value]) => String(received[index]?.headers[name]) === String(value)),
  );
  return hasHeaders ? 'all' : 'FAILED';
}
