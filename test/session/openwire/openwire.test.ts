/**
 * OpenWire sessions against the running broker, by a client of our own: what the Java clients prove in `conformance/`,
 * and what no well-behaved client would send.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type EmbeddedBroker, startBroker } from '../../../src/index.ts';
import type { Offer } from '../../../src/wire/openwire/negotiation.ts';
import type { Draft } from '../../../src/wire/openwire/structures.ts';
import { OpenWireClient, properties, queue, Refused, textOf, topic } from '../../openwire-client.ts';

let broker: EmbeddedBroker;
let port: number;

before(async () => {
  broker = await startBroker();
  port = Number(new URL(broker.url('openwire').replace('openwire:', 'http:')).port);
});

after(() => broker.stop());

const open = (changes: Partial<Offer> = {}) => new OpenWireClient(port, undefined, changes).open();

async function refused(promise: Promise<void>): Promise<Refused> {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (why: unknown) => why,
  );
  assert.ok(error instanceof Refused, String(error));
  return error;
}

describe('forms', () => {
  const forms: Partial<Offer>[] = [
    { version: 12 },
    { version: 11 },
    { version: 9 },
    { version: 6 },
    { version: 1 },
    { isTight: true, isCached: true, cacheEntries: 1024, hasStackTraces: true },
  ];
  for (const form of forms) {
    test(JSON.stringify(form), async () => {
      const client = await open(form);
      const name = `form.${JSON.stringify(form)}`;
      await client.call(client.message(queue(name), 'hello', { marshalledProperties: properties({ a: 'b' }) }));
      const inbox = await client.consume(queue(name));
      const dispatch = await inbox.next();
      assert.equal(textOf(dispatch.message), 'hello');
      inbox.acknowledge(dispatch, dispatch);
      client.close();
    });
  }
});

describe('acknowledging', () => {
  test('a range, and the rest comes again to the next one', async () => {
    const client = await open();
    for (const text of ['1', '2', '3', '4']) await client.call(client.message(queue('range'), text));
    const inbox = await client.consume(queue('range'));
    const [one, two] = [await inbox.next(), await inbox.next()];
    const three = await inbox.next();
    await inbox.next();
    inbox.acknowledge(one, two);
    // The program has seen the third one, and not the fourth.
    await inbox.close(three.message?.messageId?.brokerSequenceId);
    const again = await client.consume(queue('range'));
    const [third, fourth] = [await again.next(), await again.next()];
    assert.deepEqual([textOf(third.message), third.redeliveryCounter], ['3', 1]);
    assert.deepEqual([textOf(fourth.message), fourth.redeliveryCounter], ['4', 0]);
    client.close();
  });

  test('poison goes to the dead letters, and those before it stay', async () => {
    const client = await open();
    for (const text of ['good', 'bad']) await client.call(client.message(queue('poisoned'), text));
    const inbox = await client.consume(queue('poisoned'));
    await inbox.next();
    const bad = await inbox.next();
    inbox.acknowledge(bad, bad, { ackType: 1 });
    await inbox.close();
    const again = await client.consume(queue('poisoned'));
    assert.equal(textOf((await again.next()).message), 'good');
    const dead = await client.consume(queue('ActiveMQ.DLQ'), { selector: "dlqDeliveryFailureCause LIKE 'Deliv%'" });
    assert.equal(textOf((await dead.next()).message), 'bad');
    client.close();
  });

  test('what is said to be delivered gives room for more', async () => {
    const client = await open();
    for (const text of ['1', '2', '3']) await client.call(client.message(queue('extended'), text));
    const inbox = await client.consume(queue('extended'), { prefetchSize: 2 });
    const first = await inbox.next();
    await inbox.next();
    inbox.acknowledge(first, first, { ackType: 0 });
    assert.equal(textOf((await inbox.next()).message), '3');
    client.close();
  });
});

describe('transactions', () => {
  test('a rollback undoes what was sent and acknowledged', async () => {
    const client = await open();
    await client.call(client.message(queue('tx.in'), 'kept'));
    const inbox = await client.consume(queue('tx.in'));
    const transactionId = client.begin();
    const dispatch = await inbox.next();
    client.send(client.message(queue('tx.out'), 'never', { transactionId }));
    inbox.acknowledge(dispatch, dispatch, { transactionId });
    await client.decide(transactionId, 4);
    await inbox.close();
    const again = await client.consume(queue('tx.in'));
    assert.equal(textOf((await again.next()).message), 'kept');
    const none = await client.consume(queue('tx.out'), { prefetchSize: 0 });
    none.pull(-1);
    assert.equal((await none.next()).message, null);
    client.close();
  });

  test('what was refused within it, is refused with it', async () => {
    const client = await open();
    const transactionId = client.begin();
    client.send(client.message(queue('tx.partial'), 'good', { transactionId }));
    client.send(client.message({ type: 'TempQueue', physicalName: 'nobody' }, 'bad', { transactionId }));
    const { className, message } = await refused(client.decide(transactionId, 2));
    assert.equal(className, 'javax.jms.TransactionRolledBackException');
    assert.match(message, /deleted Destination/);
    assert.equal(client.errors.length, 1);
    client.close();
  });

  test('an unknown one, and XA', async () => {
    const client = await open();
    const transactionId = { type: 'LocalTransactionId', value: 99, connectionId: client.connectionId } as const;
    assert.match((await refused(client.decide(transactionId, 2))).message, /has not been started/);
    const xa = { type: 'XATransactionId', formatId: 1, globalTransactionId: null, branchQualifier: null } as const;
    const call = client.call({ type: 'TransactionInfo', transactionId: xa, operation: 0 });
    assert.match((await refused(call)).message, /XA/);
    client.close();
  });
});

describe('destinations', () => {
  test('replying to a temporary queue from another connection, which has heard of it', async () => {
    const asking = await open();
    const answering = await open();
    const advisories = await answering.consume(topic('ActiveMQ.Advisory.TempQueue,ActiveMQ.Advisory.TempTopic'));
    const destination = { type: 'TempQueue', physicalName: `${asking.id}:1` } as const;
    const made: Draft = { type: 'DestinationInfo', connectionId: asking.connectionId, destination, operationType: 0 };
    await asking.call(made);
    const { message } = await advisories.next();
    assert.equal(message?.messageType, 'Advisory');
    assert.equal(message?.dataStructure?.type, 'DestinationInfo');
    const replies = await asking.consume(destination);
    await answering.call(answering.message(destination, 'reply'));
    assert.equal(textOf((await replies.next()).message), 'reply');
    const other = answering.consume(destination).then(() => assert.fail());
    await other.catch((error: unknown) => assert.ok(error instanceof Refused));
    asking.close();
    const gone = await advisories.next();
    assert.equal(
      gone.message?.dataStructure?.type === 'DestinationInfo' && gone.message.dataStructure.operationType,
      1,
    );
    const late = await refused(answering.call(answering.message(destination, 'late')));
    assert.match(late.message, /Cannot publish to a deleted Destination/);
    answering.close();
  });

  test('a durable subscription has one subscriber, and waits for it', async () => {
    const client = await open();
    const info = { clientId: 'cl', subscriptionName: 'sub' };
    const inbox = await client.consume(topic('durable'), info);
    const second = client.consume(topic('durable'), info).then(() => assert.fail());
    await second.catch((error: Error) => assert.match(error.message, /Durable consumer is in use/));
    await inbox.close();
    await client.call(client.message(topic('durable'), 'kept'));
    const again = await client.consume(topic('durable'), info);
    assert.equal(textOf((await again.next()).message), 'kept');
    const remove: Draft = { type: 'RemoveSubscriptionInfo', clientId: 'cl', subcriptionName: 'sub' };
    assert.match((await refused(client.call(remove))).message, /in use/);
    await again.close();
    await client.call(remove);
    assert.match((await refused(client.call(remove))).message, /No durable subscription/);
    client.close();
  });

  test('an exclusive consumer receives alone, and the next one after it', async () => {
    const client = await open();
    const first = await client.consume(queue('exclusive'), { exclusive: true });
    const second = await client.consume(queue('exclusive'));
    for (const text of ['1', '2', '3']) await client.call(client.message(queue('exclusive'), text));
    assert.deepEqual(await first.texts(3), ['1', '2', '3']);
    assert.equal(second.all.length, 0);
    await first.close();
    assert.deepEqual(await second.texts(3), ['1', '2', '3']);
    client.close();
  });

  test('noLocal leaves out what the connection itself has sent', async () => {
    const client = await open();
    const other = await open();
    const inbox = await client.consume(topic('local'), { noLocal: true });
    await client.call(client.message(topic('local'), 'own'));
    await other.call(other.message(topic('local'), "another's"));
    assert.equal(textOf((await inbox.next()).message), "another's");
    client.close();
    other.close();
  });

  test('a pull waits as long as it says', async () => {
    const client = await open();
    const inbox = await client.consume(queue('pulled'), { prefetchSize: 0 });
    inbox.pull(30);
    assert.equal((await inbox.next()).message, null);
    inbox.pull(0);
    for (const text of ['1', '2']) await client.call(client.message(queue('pulled'), text));
    assert.equal(textOf((await inbox.next()).message), '1');
    await broker.idle();
    assert.equal(inbox.all.length, 2);
    client.close();
  });

  test('a browser reads everything and is told the end', async () => {
    const client = await open();
    for (const text of ['1', '2']) await client.call(client.message(queue('browsed'), text));
    const inbox = await client.consume(queue('browsed'), { browser: true });
    assert.deepEqual(await inbox.texts(2), ['1', '2']);
    assert.equal((await inbox.next()).message, null);
    client.close();
  });
});

describe('coming again', () => {
  test('the same connection replaces the one that it was', async () => {
    const first = await new OpenWireClient(port, 'ID:again').open({ clientId: 'again' });
    const second = await new OpenWireClient(port, 'ID:again').open({ clientId: 'again' });
    await first.closed;
    await second.call(second.message(queue('again'), 'x'));
    second.close();
  });

  test('a message that comes again after a failure is there once', async () => {
    const client = new OpenWireClient(port);
    await client.open({ faultTolerant: true });
    const message = client.message(queue('once'), 'x');
    await client.call(message);
    await client.call(message);
    await client.call(client.message(queue('once'), 'y'));
    const inbox = await client.consume(queue('once'));
    assert.deepEqual(await inbox.texts(2), ['x', 'y']);
    client.close();
  });

  test('a consumer that begins without a prefetch is given one', async () => {
    const client = await open();
    const inbox = await client.consume(queue('restored'), { prefetchSize: 0 });
    await client.call(client.message(queue('restored'), 'x'));
    const consumerId = { type: 'ConsumerId', connectionId: client.id, sessionId: 1, value: 1 } as const;
    client.send({ type: 'ConsumerControl', consumerId, prefetch: 1000 });
    assert.equal(textOf((await inbox.next()).message), 'x');
    client.close();
  });

  test('an acknowledgement that was meant for the connection before does nothing', async () => {
    const first = await open();
    for (const text of ['1', '2']) await first.call(first.message(queue('late ack'), text));
    const before = await first.consume(queue('late ack'));
    const one = await before.next();
    first.close();
    const second = await open();
    const inbox = await second.consume(queue('late ack'));
    await inbox.texts(2);
    inbox.acknowledge(one, one);
    await inbox.close();
    assert.deepEqual(await (await second.consume(queue('late ack'))).texts(2), ['1', '2']);
    second.close();
  });

  test('another one with the same client id is refused', async () => {
    const first = await new OpenWireClient(port, 'ID:one').open({ clientId: 'same' });
    const second = new OpenWireClient(port, 'ID:two').open({ clientId: 'same' });
    await second.catch((error: Refused) => assert.equal(error.className, 'javax.jms.InvalidClientIDException'));
    first.close();
  });
});

describe('refusals', () => {
  test('a selector that is none', async () => {
    const client = await open();
    const call = client.consume(queue('s'), { selector: 'a = ' }).then(() => assert.fail());
    await call.catch((error: Refused) => assert.equal(error.className, 'javax.jms.InvalidSelectorException'));
    client.close();
  });

  test('a wrong password', async () => {
    const client = new OpenWireClient(port).open({ userName: 'nobody', password: 'x' });
    await client.catch((error: Refused) => {
      assert.equal(error.className, 'java.lang.SecurityException');
      assert.match(error.message, /password is invalid/);
    });
  });

  test('before it has said who it is', async () => {
    const client = new OpenWireClient(port);
    const opened = client.open({ userName: 'nobody', password: 'x' });
    await assert.rejects(opened);
    await client.closed;
  });

  const bad: [what: string, bytes: Uint8Array][] = [
    ['a size beyond the limit', Uint8Array.of(0x7f, 255, 255, 255, 1)],
    ['a size of nothing', Uint8Array.of(0, 0, 0, 0)],
    ['no magic', Uint8Array.of(0, 0, 0, 13, 1, 65, 65, 65, 65, 65, 65, 65, 65, 0, 0, 0, 12)],
    ['another command first', Uint8Array.of(0, 0, 0, 6, 10, 0, 0, 0, 1, 0)],
    ['a type that nobody has given', Uint8Array.of(0, 0, 0, 6, 77, 0, 0, 0, 1, 0)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ];
  for (const [what, bytes] of bad) {
    test(what, async () => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.write(bytes);
      await closed;
    });
  }

  test('a message cut short within its fields ends the connection, and nothing else', async () => {
    const client = await open();
    const frame = Buffer.alloc(40);
    frame.writeInt32BE(36, 0);
    frame[4] = 28;
    frame[9] = 1;
    frame[10] = 1;
    frame[11] = 123;
    frame[12] = 1;
    frame.writeUInt16BE(60_000, 13);
    client.socket.write(frame);
    await client.closed;
    const other = await open();
    await other.call(other.message(queue('alive'), 'x'));
    other.close();
  });
});
