/**
 * ActiveMQ's Java client of JMS 3 (jakarta) over OpenWire: the program of `activemq-java`, with `jakarta.jms` where
 * that has `javax.jms`. What the original said there counts here too.
 */
import fs from 'node:fs';
import path from 'node:path';
import { mavenProgram } from '../rocketmq-java/maven-program.ts';
import type { Suite } from '../suite.ts';

const folder = import.meta.dirname;
const other = path.join(folder, '../activemq-java');
const from = path.join(other, 'src/main/java/conformance');
const sources = '.work/sources/conformance';

const program = mavenProgram({
  name: 'activemq-java-6',
  folder,
  sources,
  said: other,
  listener: 'openwire',
  addresses: ({ host, port }) => [`${host}:${port}`],
});

export const activemqJava6: Suite = {
  ...program,
  run(target) {
    fs.mkdirSync(path.join(folder, sources), { recursive: true });
    for (const file of fs.readdirSync(from)) {
      const text = fs.readFileSync(path.join(from, file), 'utf8').replaceAll('javax.jms', 'jakarta.jms');
      const copy = path.join(folder, sources, file);
      // Only what has changed, or it would be compiled each time.
      if (!fs.existsSync(copy) || fs.readFileSync(copy, 'utf8') !== text) fs.writeFileSync(copy, text);
    }
    return program.run(target);
  },
};
