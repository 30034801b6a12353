/**
 * STOMP by its usual clients, unmodified: @stomp/stompjs over TCP and over WebSocket, stompit.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import amqp from 'amqplib';
import stompit, { type Client as StompitClient } from 'stompit';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';
import { connect, Raw, type Transport } from './stomp-kit.ts';

let broker: EmbeddedBroker;

before(async () => {
  broker = await startBroker({ prioritizedQueues: ['urgent.>'] });
});

after(() => broker.stop());

for (const transport of ['tcp', 'ws'] as Transport[]) {
  describe(`stompjs over ${transport}`, () => {
    test('a queue: what one sends another receives, headers and all', async () => {
      const sender = await connect(broker, transport);
      const receiver = await connect(broker, transport);
      const inbox = receiver.subscribe(`/queue/${transport}.a`);
      await sender.send(`/queue/${transport}.a`, 'héllo', { 'my-header': 'a:b\nc', persistent: 'true' });
      const message = await inbox.next();
      assert.equal(message.body, 'héllo');
      assert.equal(message.headers['my-header'], 'a:b\nc');
      assert.equal(message.headers.destination, `/queue/${transport}.a`);
      assert.equal(message.headers.persistent, 'true');
      await sender.end();
      await receiver.end();
    });

    test('a topic: each subscriber gets a copy', async () => {
      const client = await connect(broker, transport);
      const inboxes = [client.subscribe(`/topic/${transport}.t`), client.subscribe(`/topic/${transport}.t`)];
      await client.send(`/topic/${transport}.t`, 'news');
      for (const inbox of inboxes) assert.equal((await inbox.next()).body, 'news');
      await client.end();
    });

    test('bytes stay bytes, and 1 MiB of them arrive', async () => {
      const client = await connect(broker, transport);
      const inbox = client.subscribe(`/queue/${transport}.bytes`);
      const bytes = new Uint8Array(1024 * 1024).map((_, index) => index & 255);
      client.client.publish({ destination: `/queue/${transport}.bytes`, binaryBody: bytes });
      assert.deepEqual(Buffer.from((await inbox.next()).binaryBody), Buffer.from(bytes));
      await client.end();
    });

    test('client-individual: what is not acknowledged comes again', async () => {
      const first = await connect(broker, transport);
      const inbox = first.subscribe(`/queue/${transport}.ack`, { ack: 'client-individual' });
      for (const body of ['1', '2', '3']) await first.send(`/queue/${transport}.ack`, body);
      await inbox.next();
      (await inbox.next()).ack();
      await inbox.next();
      await first.end();
      const second = await connect(broker, transport);
      const again = second.subscribe(`/queue/${transport}.ack`);
      const [one, three] = [await again.next(), await again.next()];
      assert.deepEqual([one.body, one.headers.redelivered], ['1', 'true']);
      assert.equal(three.body, '3');
      await second.end();
    });

    test('client: an ack is for all before it', async () => {
      const first = await connect(broker, transport);
      const inbox = first.subscribe(`/queue/${transport}.cumulative`, { ack: 'client' });
      for (const body of ['1', '2', '3']) await first.send(`/queue/${transport}.cumulative`, body);
      await inbox.next();
      (await inbox.next()).ack();
      await inbox.next();
      await first.end();
      const second = await connect(broker, transport);
      assert.deepEqual(await second.subscribe(`/queue/${transport}.cumulative`).bodies(1), ['3']);
      await second.end();
    });

    test('transactions take effect together, or not at all', async () => {
      const client = await connect(broker, transport);
      const destination = `/queue/${transport}.tx`;
      const aborted = client.client.begin();
      client.client.publish({ destination, body: 'never', headers: { transaction: aborted.id } });
      aborted.abort();
      const kept = client.client.begin();
      client.client.publish({ destination, body: 'both', headers: { transaction: kept.id } });
      client.client.publish({ destination, body: 'of them', headers: { transaction: kept.id } });
      kept.commit();
      assert.deepEqual(await client.subscribe(destination).bodies(2), ['both', 'of them']);
      await client.end();
    });
  });
}

describe('ActiveMQ conventions', () => {
  test('a refused message goes to ActiveMQ.DLQ', async () => {
    const client = await connect(broker);
    const inbox = client.subscribe('/queue/poison', { ack: 'client-individual' });
    await client.send('/queue/poison', 'bad', { persistent: 'true' });
    (await inbox.next()).nack();
    const dead = await client.subscribe('/queue/ActiveMQ.DLQ').next();
    assert.equal(dead.body, 'bad');
    assert.equal(dead.headers.dlqDeliveryFailureCause, 'Delivery failed');
    await client.end();
  });

  test('selectors compare text with numbers', async () => {
    const client = await connect(broker);
    const inbox = client.subscribe('/queue/selected', { selector: "weight > 10 AND colour = 'red'" });
    await client.send('/queue/selected', 'light', { weight: '9', colour: 'red' });
    await client.send('/queue/selected', 'heavy', { weight: '11', colour: 'red' });
    assert.equal((await inbox.next()).body, 'heavy');
    await client.end();
  });

  test('a durable subscription keeps what came meanwhile', async () => {
    const options = { connectHeaders: { 'client-id': 'me' } };
    const headers = { 'activemq.subscriptionName': 'news', ack: 'client-individual' };
    const first = await connect(broker, 'tcp', options);
    first.subscribe('/topic/durable', headers);
    await first.send('/queue/barrier', '');
    await first.end();
    const other = await connect(broker);
    await other.send('/topic/durable', 'kept', { persistent: 'true' });
    await other.end();
    const again = await connect(broker, 'tcp', options);
    const message = await again.subscribe('/topic/durable', headers).next();
    assert.equal(message.body, 'kept');
    message.ack();
    await again.end();
  });

  test('request and reply over a temporary queue', async () => {
    const asking = await connect(broker);
    const answering = await connect(broker);
    const replies = asking.subscribe('/temp-queue/replies');
    const requests = answering.subscribe('/queue/service');
    await asking.send('/queue/service', 'question', { 'reply-to': '/temp-queue/replies', 'correlation-id': '7' });
    const request = await requests.next();
    const replyTo = request.headers['reply-to'] as string;
    assert.match(replyTo, /^\/remote-temp-queue\//);
    await answering.send(replyTo, 'answer', { 'correlation-id': request.headers['correlation-id'] as string });
    const reply = await replies.next();
    assert.deepEqual([reply.body, reply.headers['correlation-id']], ['answer', '7']);
    await asking.end();
    await answering.end();
  });

  test('a browser sees everything, takes nothing, and is told the end', async () => {
    const client = await connect(broker);
    for (const body of ['1', '2']) await client.send('/queue/browsed', body);
    const inbox = client.subscribe('/queue/browsed', { browser: 'true' });
    assert.deepEqual(await inbox.bodies(2), ['1', '2']);
    assert.equal((await inbox.next()).headers.browser, 'end');
    assert.deepEqual(await client.subscribe('/queue/browsed').bodies(2), ['1', '2']);
    await client.end();
  });

  test('wildcards and composites', async () => {
    const client = await connect(broker);
    const queues = client.subscribe('/queue/wild.>');
    const topics = client.subscribe('/topic/wild.*');
    await client.send('/queue/wild.a,/topic/wild.b,/topic/wild.c', 'x');
    assert.equal((await queues.next()).headers.destination, '/queue/wild.a');
    const found = [(await topics.next()).headers.destination, (await topics.next()).headers.destination];
    assert.deepEqual(found.sort(), ['/topic/wild.b', '/topic/wild.c']);
    await client.end();
  });

  test('priorities count in queues that are said to have them', async () => {
    const client = await connect(broker);
    for (const name of ['urgent.a', 'usual']) {
      for (const priority of ['1', '9', '4']) await client.send(`/queue/${name}`, priority, { priority });
    }
    assert.deepEqual(await client.subscribe('/queue/urgent.a').bodies(3), ['9', '4', '1']);
    assert.deepEqual(await client.subscribe('/queue/usual').bodies(3), ['1', '9', '4']);
    await client.end();
  });

  test('a refusal leaves the connection open', async () => {
    const client = await connect(broker);
    const refused = client.error();
    client.client.publish({ destination: '/nonsense', body: '' });
    assert.match((await refused).headers.message as string, /Illegal destination/);
    await client.send('/queue/after', 'still here');
    await client.end();
  });
});

describe('other clients and other languages', () => {
  test('stompit sends and receives', async () => {
    const { port } = new URL(broker.url('stomp').replace('stomp:', 'http:'));
    const client = await new Promise<StompitClient>((resolve, reject) => {
      stompit.connect({ host: '127.0.0.1', port: Number(port) }, (error, connected) => {
        if (error) reject(error);
        else resolve(connected);
      });
    });
    const frame = client.send({ destination: '/queue/stompit', 'content-type': 'text/plain' });
    frame.write('by stompit');
    frame.end();
    const body = await new Promise<string | undefined>((resolve, reject) => {
      client.subscribe({ destination: '/queue/stompit', ack: 'client-individual' }, (error, message) => {
        if (error) return reject(error);
        message.readString('utf8', (failed, text) => {
          if (failed) return reject(failed);
          client.ack(message);
          resolve(text);
        });
      });
    });
    assert.equal(body, 'by stompit');
    await new Promise<void>((resolve) => client.disconnect(() => resolve()));
  });

  test('AMQP and STOMP: one queue, both ways', async () => {
    const connection = await amqp.connect(broker.url('amqp'));
    const channel = await connection.createChannel();
    const client = await connect(broker);
    const inbox = client.subscribe('/queue/shared');
    await client.send('/queue/barrier', '');
    const headers = { tenant: 'x', count: 5 };
    channel.sendToQueue('shared', Buffer.from('by amqp'), { contentType: 'text/plain', correlationId: 'c', headers });
    const message = await inbox.next();
    assert.equal(message.body, 'by amqp');
    assert.deepEqual(
      [message.headers.tenant, message.headers.count, message.headers['correlation-id']],
      ['x', '5', 'c'],
    );
    await client.send('/queue/other', 'by stomp', { tenant: 'y', 'correlation-id': 'd', type: 'kind' });
    const got = await channel.get('other', { noAck: true });
    assert.ok(got);
    assert.equal(got.content.toString(), 'by stomp');
    assert.deepEqual(
      [got.properties.headers?.tenant, got.properties.correlationId, got.properties.type],
      ['y', 'd', 'kind'],
    );
    await client.end();
    await connection.close();
  });

  test('a topic is the exchange that AMQP clients bind to', async () => {
    const connection = await amqp.connect(broker.url('amqp'));
    const channel = await connection.createChannel();
    const client = await connect(broker);
    const inbox = client.subscribe('/topic/both');
    await client.send('/queue/barrier', '');
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'both', '#');
    await client.send('/topic/both', 'by stomp');
    assert.equal((await inbox.next()).body, 'by stomp');
    const got = await channel.get(queue, { noAck: true });
    assert.equal(got ? got.content.toString() : '', 'by stomp');
    channel.publish('both', 'any.key', Buffer.from('by amqp'));
    assert.equal((await inbox.next()).body, 'by amqp');
    await client.end();
    await connection.close();
  });

  test('the port of OpenWire recognises STOMP', async () => {
    const raw = new Raw(broker, 'openwire');
    raw.write('CONNECT\naccept-version:1.2\n\n\0');
    assert.match(await raw.until('\0'), /^CONNECTED\nversion:1\.2\n/);
    raw.socket.destroy();
  });
});

describe('frames by hand', () => {
  test('heart-beats go both ways as agreed', async () => {
    const raw = new Raw(broker);
    raw.write('STOMP\naccept-version:1.2\nheart-beat:0,200\n\n\0');
    assert.match(await raw.until('\0'), /heart-beat:200,0\n/);
    await raw.until('\0\n');
    raw.socket.destroy();
  });

  test('no common version, wrong password, no CONNECT: an ERROR and the end', async () => {
    for (const first of ['CONNECT\naccept-version:9.9\n\n\0', 'CONNECT\nlogin:x\npasscode:y\n\n\0', 'SEND\n\n\0']) {
      const raw = new Raw(broker);
      raw.write(first);
      await raw.closed();
      assert.match(raw.received, /^ERROR\n/);
    }
  });

  test('what is no STOMP ends the connection with an ERROR', async () => {
    const lies = [
      `SEND\ndestination:/queue/x\ncontent-length:99999999999\n\n`,
      `SEND\ndestination:/queue/x\ncontent-length:-1\n\n\0`,
      `SEND\n${'x'.repeat(20_000)}:1\n\n\0`,
      `SEND\n${'a:b\n'.repeat(2000)}\n\0`,
      `SEND\nno colon\n\n\0`,
    ];
    for (const lie of lies) {
      const raw = new Raw(broker);
      raw.write('CONNECT\naccept-version:1.2\n\n\0');
      await raw.until('CONNECTED');
      raw.write(lie);
      await raw.closed();
      assert.match(raw.received, /ERROR\n/, lie.slice(0, 40));
    }
  });

  test('a receipt comes when the message is durable, and farewell comes last', async () => {
    const raw = new Raw(broker);
    raw.write('CONNECT\naccept-version:1.0\n\n\0');
    await raw.until('CONNECTED');
    raw.write('SEND\ndestination:/queue/hand\npersistent:true\nreceipt:1\n\nx\0DISCONNECT\nreceipt:2\n\n\0');
    await raw.closed();
    assert.match(raw.received, /RECEIPT\nreceipt-id:1\n\n\0RECEIPT\nreceipt-id:2\n\n\0$/);
  });

  test('a page of another machine is not let in', async () => {
    const { port } = new URL(broker.url('ws').replace('ws:', 'http:'));
    for (const [headers, status] of [
      [{ Origin: 'http://evil.example' }, 403],
      [{ Origin: 'http://localhost:3000' }, 101],
    ] as const) {
      const { request } = await import('node:http');
      const answered = await new Promise<number | undefined>((resolve) => {
        const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
        const asked = request({
          host: '127.0.0.1',
          port: Number(port),
          headers: { ...upgrade, 'Sec-WebSocket-Key': 'MDEyMzQ1Njc4OWFiY2RlZg==', ...headers },
        });
        asked.on('response', (response) => resolve(response.statusCode));
        asked.on('upgrade', (response, socket) => {
          socket.destroy();
          resolve(response.statusCode);
        });
        asked.on('error', () => resolve(undefined));
        asked.end();
      });
      assert.equal(answered, status);
    }
  });
});
