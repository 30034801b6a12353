/**
 * Configs of the broker that can be set while it runs: kept, described, and durable when that is answered.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTABLE } from '../../../src/session/kafka/broker-settings.ts';
import { problemOf } from '../../../src/session/kafka/config-definition.ts';
import {
  alterConfigs,
  describeConfigs,
  incrementalAlterConfigs,
} from '../../../src/session/kafka/operations/configs.ts';
import {
  alterConfigsApi,
  CONFIG_OPERATION,
  CONFIG_RESOURCE,
  CONFIG_SOURCE,
  describeConfigsApi,
  incrementalAlterConfigsApi,
} from '../../../src/wire/kafka/apis/configs.ts';
import { ERROR } from '../../../src/wire/kafka/error-codes.ts';
import { AdminKit } from './admin-kit.ts';

const { set: SET, delete: DELETE, append: APPEND } = CONFIG_OPERATION;
const { dynamicBroker: ONE, dynamicDefaultBroker: ALL, default: DEFAULT } = CONFIG_SOURCE;
const THREADS = 'log.cleaner.threads';
const RELOGIN = 'sasl.kerberos.min.time.before.relogin';

type Step = readonly [name: string, configOperation: number, value: string | null];

function step(kit: AdminKit, broker: string, steps: readonly Step[], validateOnly = false) {
  const configs = steps.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  const resources = [{ resourceType: CONFIG_RESOURCE.broker, resourceName: broker, configs }];
  const request = { resources, validateOnly };
  const [answer] = kit.ask(incrementalAlterConfigs, incrementalAlterConfigsApi, 1, request).responses;
  return [answer?.errorCode, answer?.errorMessage];
}

function replace(kit: AdminKit, broker: string, settings: Readonly<Record<string, string>>) {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const resources = [{ resourceType: CONFIG_RESOURCE.broker, resourceName: broker, configs }];
  const [answer] = kit.ask(alterConfigs, alterConfigsApi, 2, { resources, validateOnly: false }).responses;
  return [answer?.errorCode, answer?.errorMessage];
}

/** What was set, and before what else it holds. */
function held(kit: AdminKit, broker: string, keys: string[] | null = null) {
  const resources = [{ resourceType: CONFIG_RESOURCE.broker, resourceName: broker, configurationKeys: keys }];
  const request = { resources, includeSynonyms: true, includeDocumentation: false };
  const [result] = kit.ask(describeConfigs, describeConfigsApi, 4, request).results;
  assert.equal(result?.errorCode, ERROR.NONE);
  const dynamic = result.configs.filter(({ readOnly }) => !readOnly);
  return dynamic.map(({ name, value, configSource, synonyms }) => {
    assert.deepEqual([synonyms[0]?.value, synonyms[0]?.source], [value, configSource]);
    return [name, ...synonyms.map((synonym) => `${synonym.value}@${synonym.source}`)].join(' ');
  });
}

test('what was set for a broker holds before what was set for all, and both before the default', () => {
  const kit = new AdminKit();
  assert.deepEqual(held(kit, '1'), []);
  assert.deepEqual(step(kit, '1', [[RELOGIN, SET, '58000']]), [ERROR.NONE, null]);
  assert.ok(kit.waited, 'it is durable when it is answered');
  assert.deepEqual(step(kit, '', [[THREADS, SET, '2']]), [ERROR.NONE, null]);
  assert.deepEqual(held(kit, '1'), [`${THREADS} 2@${ALL} 1@${DEFAULT}`, `${RELOGIN} 58000@${ONE} 60000@${DEFAULT}`]);
  step(kit, '1', [[THREADS, SET, '3']]);
  assert.deepEqual(held(kit, '1', [THREADS]), [`${THREADS} 3@${ONE} 2@${ALL} 1@${DEFAULT}`]);
  assert.deepEqual(held(kit, ''), [`${THREADS} 2@${ALL}`]);
  const again = kit.restart();
  assert.deepEqual(held(again, '1', [THREADS]), [`${THREADS} 3@${ONE} 2@${ALL} 1@${DEFAULT}`]);
  step(again, '1', [[THREADS, DELETE, null]]);
  assert.deepEqual(held(again, '1', [THREADS]), [`${THREADS} 2@${ALL} 1@${DEFAULT}`]);
  step(again, '', [[THREADS, DELETE, null]]);
  assert.deepEqual(held(again.restart(), '1'), [`${RELOGIN} 58000@${ONE} 60000@${DEFAULT}`]);
});

test('a set replaces what was set before, for that broker', () => {
  const kit = new AdminKit();
  step(kit, '', [['num.io.threads', SET, '4']]);
  step(kit, '1', [[RELOGIN, SET, '58000']]);
  assert.deepEqual(replace(kit, '1', { [THREADS]: '3', 'num.partitions': '2' }), [ERROR.NONE, null]);
  assert.deepEqual(held(kit, '1'), [`${THREADS} 3@${ONE} 1@${DEFAULT}`, `num.io.threads 4@${ALL} 8@${DEFAULT}`]);
  replace(kit, '1', {});
  assert.deepEqual(held(kit, '1'), [`num.io.threads 4@${ALL} 8@${DEFAULT}`]);
});

test('what changes nothing is not written down, nor what is only tried', () => {
  const kit = new AdminKit();
  assert.deepEqual(step(kit, '1', [[THREADS, SET, '3']], true), [ERROR.NONE, null]);
  assert.equal(kit.waited, false);
  assert.deepEqual(held(kit, '1'), []);
  step(kit, '1', [[THREADS, SET, '3']]);
  step(kit, '1', [
    [THREADS, SET, '3'],
    [RELOGIN, DELETE, null],
    ['num.partitions', SET, '2'],
  ]);
  assert.equal(kit.waited, false);
});

test('what can not be set, and then nothing of the request is', () => {
  const kit = new AdminKit();
  const fine: Step = ['num.io.threads', SET, '4'];
  const wrong: readonly (readonly [broker: string, code: number, says: RegExp, ...steps: Step[]])[] = [
    [
      '1',
      ERROR.INVALID_REQUEST,
      /^Cannot update these configs dynamically: \[node\.id, no\.such\]$/,
      ['node.id', SET, '7'],
      ['no.such', SET, 'x'],
    ],
    ['1', ERROR.INVALID_REQUEST, /dynamically: \[log\.retention\.ms\]$/, ['log.retention.ms', SET, '5']],
    [
      '1',
      ERROR.INVALID_REQUEST,
      /dynamically: \[sasl\.enabled\.mechanisms\]$/,
      ['sasl.enabled.mechanisms', APPEND, 'PLAIN'],
    ],
    ['', ERROR.INVALID_REQUEST, /^Cannot update these configs at default cluster level/, [RELOGIN, SET, '1']],
    [
      '1',
      ERROR.INVALID_REQUEST,
      /^Invalid value x for configuration .*: Not a number of type LONG$/,
      [RELOGIN, SET, 'x'],
    ],
    ['1', ERROR.INVALID_REQUEST, /must be at least 1$/, [THREADS, SET, '0']],
    ['1', ERROR.INVALID_REQUEST, /^Null value not supported for : log\.cleaner\.threads$/, [THREADS, SET, null]],
    ['1', ERROR.INVALID_REQUEST, /^Unknown operations type 9$/, [THREADS, 9, '1']],
    ['1', ERROR.INVALID_CONFIG, /append is not allowed for config key: log\.cleaner\.threads$/, [THREADS, APPEND, '1']],
    ['1', ERROR.INVALID_REQUEST, /duplicate config keys$/, [THREADS, SET, '1'], [THREADS, SET, '2']],
    ['2', ERROR.INVALID_REQUEST, /^Unexpected broker id/, [THREADS, SET, '1']],
  ];
  for (const [broker, code, says, ...steps] of wrong) {
    const [errorCode, message] = step(kit, broker, [fine, ...steps]);
    assert.equal(errorCode, code, String(message));
    assert.match(String(message), says);
  }
  assert.deepEqual([...held(kit, '1'), ...held(kit, '')], []);
});

test('an exchange that has the name of its place is left alone', () => {
  const kit = new AdminKit();
  const exchange = kit.namespace.declareExchange({ name: '__cluster_metadata', type: 'fanout', durable: true });
  assert.equal(step(kit, '1', [[THREADS, SET, '3']])[0], ERROR.INVALID_REQUEST);
  assert.equal(kit.namespace.exchange('__cluster_metadata'), exchange);
  assert.deepEqual(held(kit, '1'), []);
});

test('every default is one that its config takes', () => {
  for (const { name, initial, documentation, ...definition } of SETTABLE.values()) {
    const takes = initial === null ? null : problemOf({ name, initial, documentation, ...definition }, initial);
    assert.equal(takes, null, name);
    assert.ok(documentation.length > 10, name);
  }
});
