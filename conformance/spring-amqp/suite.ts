/** An ordinary Spring Boot program over spring-boot-starter-amqp, built by Maven, that prints a line a check. */
import fs from 'node:fs';
import path from 'node:path';
import { linesAsOutcome } from '../lines.ts';
import { missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';

const folder = import.meta.dirname;
const work = path.join(folder, '.work');
const source = path.join(folder, 'src/main/java/conformance/Conformance.java');

export const springAmqp: Suite = {
  name: 'spring-amqp',

  async missing() {
    const missing = await missingCommand(['java', '-version'], ['mvn', '-version']);
    return missing ?? (fs.existsSync(path.join(work, 'lib')) ? undefined : await mavenAnswers());
  },

  async run(target: Target): Promise<Outcome> {
    const classes = path.join(work, 'classes');
    const main = path.join(classes, 'conformance/Conformance.class');
    if (!fs.existsSync(main) || fs.statSync(main).mtimeMs < fs.statSync(source).mtimeMs) {
      await prepare('mvn', ['-B', '-q', 'compile', 'dependency:copy-dependencies'], folder);
    }
    const classpath = [classes, path.join(work, 'lib', '*')].join(path.delimiter);
    const options = [`--spring.rabbitmq.host=${target.host}`, `--spring.rabbitmq.port=${target.port}`];
    return linesAsOutcome('java', ['-cp', classpath, 'conformance.Conformance', ...options]);
  },
};

/** Without the libraries at hand, Maven must be able to get them. */
async function mavenAnswers(): Promise<string | undefined> {
  try {
    await prepare('mvn', ['-B', '-q', 'dependency:copy-dependencies'], folder);
    return undefined;
  } catch (error) {
    return `Maven could not get the libraries: ${String(error).split('\n').slice(0, 3).join(' ')}`;
  }
}
