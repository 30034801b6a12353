/**
 * A suite that is a Java program of ours in `src`, with what `rocketmq-java/src/shared` has for all of them: built by
 * Maven into `.work`, run with the broker's address, compared with what it said of the original (`apache.txt`).
 */
import fs from 'node:fs';
import path from 'node:path';
import { type Listener, missingCommand, type Outcome, prepare, type Suite, type Target } from '../suite.ts';
import { runAgainstTranscript } from './transcript.ts';

const DEADLINE_MS = 420_000;
const SOURCES = 'src/main/java/conformance';
const shared = path.join(import.meta.dirname, 'src/shared/java/checks');

export interface MavenProgram {
  readonly name: string;
  readonly folder: string;
  readonly listener: Listener;
  /** Where its sources are; `src` if nothing is said. */
  readonly sources?: string;
  /** Where `apache.txt` is, if not in the folder. */
  readonly said?: string;
  /** What the program is told before the part of a name that chooses checks. */
  readonly addresses: (target: Target) => readonly string[];
}

export function mavenProgram({ name, folder, listener, addresses, sources = SOURCES, said }: MavenProgram): Suite {
  const work = path.join(folder, '.work');
  return {
    name,
    listener,

    async missing() {
      const missing = await missingCommand(['java', '-version'], ['mvn', '-version']);
      return missing ?? (fs.existsSync(path.join(work, 'lib')) ? undefined : await mavenAnswers(folder));
    },

    async run(target: Target): Promise<Outcome> {
      if (!compiled(folder, sources))
        await prepare('mvn', ['-B', '-q', 'compile', 'dependency:copy-dependencies'], folder);
      // The clients keep logs and the offsets of broadcasts in the home folder, wherever that is.
      const home = path.join(work, 'home');
      fs.mkdirSync(home, { recursive: true });
      const classpath = [path.join(work, 'classes'), path.join(work, 'lib', '*')].join(path.delimiter);
      const args = ['-Xmx384m', `-Duser.home=${home}`, '-cp', classpath, 'conformance.Conformance'];
      args.push(...addresses(target), target.only ?? '');
      const transcripts = said ?? folder;
      return runAgainstTranscript({
        file: 'java',
        args,
        deadlineMs: DEADLINE_MS,
        folder: transcripts,
        own: target.own,
      });
    },
  };
}

function compiled(folder: string, own: string): boolean {
  const main = path.join(folder, '.work/classes/conformance/Conformance.class');
  if (!fs.existsSync(main)) return false;
  const built = fs.statSync(main).mtimeMs;
  const sources = [path.join(folder, own), shared];
  const files = sources.flatMap((from) => fs.readdirSync(from).map((file) => path.join(from, file)));
  return files.every((file) => fs.statSync(file).mtimeMs < built);
}

/** Without the libraries at hand, Maven must be able to get them. */
async function mavenAnswers(folder: string): Promise<string | undefined> {
  try {
    await prepare('mvn', ['-B', '-q', 'dependency:copy-dependencies'], folder);
    return undefined;
  } catch (error) {
    return `Maven could not get the libraries: ${String(error).split('\n').slice(0, 3).join(' ')}`;
  }
}
