/**
 * Changes to what is set for a topic. None of them touches the map that there is: the outcome is a new one, or a
 * refusal, so that whoever asks only whether a change would do asks the same way.
 *
 *   settingsOf   a set from nothing: a new topic, or AlterConfigs, which replaces all
 *   altered      steps from what there is: IncrementalAlterConfigs
 */
import type { Table } from '../../core/value.ts';
import { CONFIG_OPERATION } from '../../wire/kafka/apis/configs.ts';
import { ERROR } from '../../wire/kafka/error-codes.ts';
import { type ConfigDefinition, listOf, numberOf, problemOf } from './config-definition.ts';
import { invalid, Refusal } from './refusal.ts';
import { TOPIC_CONFIGS } from './topic-definitions.ts';

export interface Setting {
  readonly name: string;
  readonly value: string | null;
}

export interface Step extends Setting {
  readonly configOperation: number;
}

/** Of a name that comes twice the last value counts. */
export function settingsOf(list: readonly Setting[]): Table | Refusal {
  const settings: Table = new Map();
  for (const { name, value } of list) {
    if (value === null) return misfit(`Null value not supported for topic configs: ${name}`);
    const refusal = refusalOf(name, value);
    if (refusal !== null) return refusal;
    settings.set(name, value);
  }
  return refusalOfAll(settings) ?? settings;
}

export function altered(before: Table, steps: readonly Step[]): Table | Refusal {
  const settings: Table = new Map(before);
  for (const { name, value, configOperation } of steps) {
    if (configOperation === CONFIG_OPERATION.delete) {
      settings.delete(name);
      continue;
    }
    if (value === null) return invalid(`Null value not supported for : ${name}`);
    const next = configOperation === CONFIG_OPERATION.set ? value : combined(settings, name, value, configOperation);
    if (next instanceof Refusal) return next;
    const refusal = refusalOf(name, next);
    if (refusal !== null) return refusal;
    settings.set(name, next);
  }
  return refusalOfAll(settings) ?? settings;
}

/** A list with more members, or fewer; of what is set or else of the default. */
function combined(settings: Table, name: string, value: string, operation: number): string | Refusal {
  const word = Object.entries(CONFIG_OPERATION).find(([, number]) => number === operation)?.[0];
  if (word === undefined) return invalid(`Unknown operation ${operation} for ${name}`);
  const definition = TOPIC_CONFIGS.get(name);
  if (definition === undefined) return unknown(name);
  if (definition.type !== 'list') {
    return misfit(`Can't ${word.toUpperCase()} to key ${name} because its type is not LIST.`);
  }
  const members = listOf(currentOf(settings, definition));
  const given = listOf(value);
  if (operation === CONFIG_OPERATION.subtract) return members.filter((member) => !given.includes(member)).join(',');
  return [...new Set([...members, ...given])].join(',');
}

function currentOf(settings: Table, definition: ConfigDefinition): string {
  const value = settings.get(definition.name);
  return typeof value === 'string' ? value : (definition.initial ?? '');
}

function refusalOf(name: string, value: string): Refusal | null {
  const definition = TOPIC_CONFIGS.get(name);
  if (definition === undefined) return unknown(name);
  const problem = problemOf(definition, value);
  return problem === null ? null : misfit(problem);
}

/** What fits alone and not together. */
function refusalOfAll(settings: Table): Refusal | null {
  const [least, most] = ['min.compaction.lag.ms', 'max.compaction.lag.ms'] as const;
  const [leastMs, mostMs] = [least, most].map((name) =>
    numberOf(currentOf(settings, TOPIC_CONFIGS.get(name) as ConfigDefinition)),
  ) as [number, number];
  if (leastMs <= mostMs) return null;
  return misfit(`conflict topic config setting ${least} (${leastMs}) > ${most} (${mostMs})`);
}

function unknown(name: string): Refusal {
  return misfit(`Unknown topic config name: ${name}`);
}

function misfit(message: string): Refusal {
  return new Refusal(ERROR.INVALID_CONFIG, message);
}
