/**
 * Stands in for Kafka's `bin/kafka-topics.sh`, which two of librdkafka's tests call to create their topics:
 *
 *   kafka-topics.sh --bootstrap-server HOST:PORT --create --topic T --partitions N --config NAME=VALUE ...
 */
import { parseArgs } from 'node:util';
import { Admin } from '@platformatic/kafka';

const { values } = parseArgs({
  options: {
    'bootstrap-server': { type: 'string', default: '' },
    create: { type: 'boolean', default: false },
    topic: { type: 'string', default: '' },
    partitions: { type: 'string', default: '1' },
    'replication-factor': { type: 'string', default: '1' },
    config: { type: 'string', multiple: true, default: [] },
  },
});
if (!values.create) throw new Error('kafka-topics: only --create is known here');

const admin = new Admin({ clientId: 'kafka-topics', bootstrapBrokers: [values['bootstrap-server']], timeout: 10_000 });
await admin.createTopics({
  topics: [values.topic],
  partitions: Number(values.partitions),
  replicas: Number(values['replication-factor']),
  configs: values.config.map((config) => {
    const [name = '', value = ''] = config.split('=');
    return { name, value };
  }),
});
await admin.close();
