/**
 * Configuration of topics, brokers and groups: DescribeConfigs, AlterConfigs, IncrementalAlterConfigs,
 * ListConfigResources.
 *
 * Every number that such a request speaks in is named here.
 */
import { Api } from '../api.ts';
import { array, bool, int8, int16, int32, string } from '../schema.ts';

export const CONFIG_RESOURCE = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;
/** Where a value comes from. */
export const CONFIG_SOURCE = {
  unknown: 0,
  dynamicTopic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  dynamicBrokerLogger: 6,
  dynamicClientMetrics: 7,
  dynamicGroup: 8,
} as const;
export const CONFIG_TYPE = {
  unknown: 0,
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
} as const;
export const CONFIG_OPERATION = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

export const describeConfigsApi = new Api({
  key: 32,
  name: 'DescribeConfigs',
  min: 1,
  max: 4,
  flexible: 4,
  request: {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configurationKeys: array(string).nullable(),
    }),
    includeSynonyms: bool.or(false),
    includeDocumentation: bool.since(3).essential(),
  },
  response: {
    throttleTimeMs: int32.or(0),
    results: array({
      errorCode: int16,
      errorMessage: string.nullable(),
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        value: string.nullable(),
        readOnly: bool,
        configSource: int8.or(-1),
        isSensitive: bool,
        synonyms: array({ name: string, value: string.nullable(), source: int8 }),
        configType: int8.since(3),
        documentation: string.since(3).nullable(),
      }),
    }),
  },
});

export const alterConfigsApi = new Api({
  key: 33,
  name: 'AlterConfigs',
  min: 0,
  max: 2,
  flexible: 2,
  request: {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({ name: string, value: string.nullable() }),
    }),
    validateOnly: bool,
  },
  response: {
    throttleTimeMs: int32.or(0),
    responses: array({
      errorCode: int16,
      errorMessage: string.nullable(),
      resourceType: int8,
      resourceName: string,
    }),
  },
});

export const incrementalAlterConfigsApi = new Api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  min: 0,
  max: 1,
  flexible: 1,
  request: {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({ name: string, configOperation: int8, value: string.nullable() }),
    }),
    validateOnly: bool,
  },
  response: {
    throttleTimeMs: int32.or(0),
    responses: array({
      errorCode: int16,
      errorMessage: string.nullable(),
      resourceType: int8,
      resourceName: string,
    }),
  },
});

export const listConfigResourcesApi = new Api({
  key: 74,
  name: 'ListConfigResources',
  min: 0,
  max: 1,
  flexible: 0,
  request: { resourceTypes: array(int8).since(1).essential() },
  response: {
    throttleTimeMs: int32.or(0),
    errorCode: int16,
    configResources: array({
      resourceName: string,
      resourceType: int8.since(1).or(CONFIG_RESOURCE.clientMetrics),
    }),
  },
});
