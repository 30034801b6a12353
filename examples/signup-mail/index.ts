/**
 * Asynchronous processing: who signs up does not wait for the mail.
 *
 *     node examples/signup-mail/index.ts
 *
 * Signing up stores the user and sends one message. A welcome mail and a text message go out on their own account, each
 * at its own pace; a mail server that fails now and then holds up nobody.
 */
import { startBroker } from 'dragoman';
import { connect, fixed, topic } from 'dragoman/client';

interface SignedUp {
  readonly user: string;
  readonly mail: string;
}

const SignedUpTopic = topic<SignedUp>('users.signed-up', { key: ({ user }) => user });
const USERS = 20;
/** What a mail server and a text message service take. */
const MAIL_MS = 50;
const TEXT_MS = 50;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Says what happens; answers with what came of it. */
export async function run(say: (line: string) => void) {
  await using broker = await startBroker({ storage: 'memory' });
  await using mq = await connect(broker.url('amqp') as 'amqp://', { onError: (error) => say(String(error)) });
  const mails: string[] = [];
  const texts: string[] = [];
  let failures = 0;
  const done = Promise.withResolvers<void>();
  const check = (): void => {
    if (mails.length === USERS && texts.length === USERS) done.resolve();
  };

  await mq.listen(
    SignedUpTopic,
    { group: 'mail', concurrency: 5, retry: fixed({ attempts: 3, delay: 100 }) },
    async ({ mail }, message) => {
      await pause(MAIL_MS);
      if (message.attempt === 1 && mail.startsWith('user7@')) {
        failures++;
        throw new Error('the mail server is busy');
      }
      mails.push(mail);
      check();
    },
  );
  await mq.listen(SignedUpTopic, { group: 'text', concurrency: 5 }, async ({ user }) => {
    await pause(TEXT_MS);
    texts.push(user);
    check();
  });

  const users = new Set<string>();
  const signUp = async (user: string): Promise<number> => {
    const startedAt = performance.now();
    users.add(user);
    await mq.send(SignedUpTopic, { user, mail: `${user}@example.org` });
    return performance.now() - startedAt;
  };

  const startedAt = performance.now();
  const took = await Promise.all(Array.from({ length: USERS }, (_, index) => signUp(`user${index}`)));
  const slowestMs = Math.max(...took);
  say(
    `${users.size} users signed up; the slowest waited ${slowestMs.toFixed(1)} ms, not ${MAIL_MS + TEXT_MS} ms or more`,
  );
  await done.promise;
  say(`${mails.length} mails and ${texts.length} texts went out by ${Math.round(performance.now() - startedAt)} ms`);
  say(`a mail that failed went out ${failures} attempt later, and held up none of the others`);
  return { users: users.size, mails: mails.length, texts: texts.length, failures };
}

if (import.meta.main) await run(console.log);
