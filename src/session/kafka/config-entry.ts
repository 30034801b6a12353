/**
 * ConfigEntry: a config as it is answered: the value that holds, where it comes from, and what would hold without that.
 *
 *   retention.bytes = 7        dynamic topic     what was set for this topic
 *     log.retention.bytes = -1   default         what the broker's config of that name gives all others
 */
import type { Table } from '../../core/value.ts';
import { CONFIG_SOURCE, CONFIG_TYPE } from '../../wire/kafka/apis/configs.ts';
import type { ConfigDefinition } from './config-definition.ts';
import { TOPIC_CONFIGS } from './topic-definitions.ts';

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

export interface ConfigEntry {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly ConfigSynonym[];
  readonly configType: number;
  readonly documentation: string;
}

/** All that a topic with these settings has, or what `asked` names of it. */
export function topicEntries(settings: Table, asked: ReadonlySet<string> | null = null): ConfigEntry[] {
  return entriesOf(TOPIC_CONFIGS.values(), asked, (definition) => {
    const { name, initial, synonym } = definition;
    const value = settings.get(name);
    const synonyms = synonym === undefined ? [] : [{ name: synonym, value: initial, source: CONFIG_SOURCE.default }];
    if (typeof value !== 'string') return entryOf(definition, initial, CONFIG_SOURCE.default, false, synonyms);
    const own = { name, value, source: CONFIG_SOURCE.dynamicTopic };
    return entryOf(definition, value, CONFIG_SOURCE.dynamicTopic, false, [own, ...synonyms]);
  });
}

/** What was set for one broker while it ran, and for all; for all together if `own` is null. The rest is left out. */
export function settingEntries(
  definitions: Iterable<ConfigDefinition>,
  own: Table | null,
  shared: Table,
  asked: ReadonlySet<string> | null,
): ConfigEntry[] {
  return entriesOf(definitions, asked, (definition) => {
    const { name, initial } = definition;
    const synonyms: ConfigSynonym[] = [];
    const [mine, ours] = [own?.get(name), shared.get(name)];
    if (typeof mine === 'string') synonyms.push({ name, value: mine, source: CONFIG_SOURCE.dynamicBroker });
    if (typeof ours === 'string') synonyms.push({ name, value: ours, source: CONFIG_SOURCE.dynamicDefaultBroker });
    const [holding] = synonyms;
    if (holding === undefined) return null;
    if (own !== null && initial !== null) synonyms.push({ name, value: initial, source: CONFIG_SOURCE.default });
    return entryOf(definition, holding.value, holding.source, false, synonyms);
  });
}

/** What a broker of these values was started with; they stay as long as it runs. */
export function brokerEntries(
  definitions: Iterable<ConfigDefinition>,
  values: ReadonlyMap<string, string>,
  asked: ReadonlySet<string> | null,
): ConfigEntry[] {
  return entriesOf(definitions, asked, (definition) => {
    const { name, initial } = definition;
    const value = values.get(name);
    const synonyms = initial === null ? [] : [{ name, value: initial, source: CONFIG_SOURCE.default }];
    if (value === undefined) return entryOf(definition, initial, CONFIG_SOURCE.default, true, synonyms);
    const own = { name, value, source: CONFIG_SOURCE.staticBroker };
    return entryOf(definition, value, CONFIG_SOURCE.staticBroker, true, [own, ...synonyms]);
  });
}

function entriesOf(
  definitions: Iterable<ConfigDefinition>,
  asked: ReadonlySet<string> | null,
  entryFor: (definition: ConfigDefinition) => ConfigEntry | null,
): ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  for (const definition of definitions) {
    const entry = asked === null || asked.has(definition.name) ? entryFor(definition) : null;
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** A secret is named, never told. */
function entryOf(
  { name, type, documentation }: ConfigDefinition,
  value: string | null,
  configSource: number,
  readOnly: boolean,
  synonyms: readonly ConfigSynonym[],
): ConfigEntry {
  const isSensitive = type === 'password';
  return {
    name,
    value: isSensitive ? null : value,
    readOnly,
    configSource,
    isSensitive,
    synonyms: isSensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
    configType: CONFIG_TYPE[type],
    documentation,
  };
}
