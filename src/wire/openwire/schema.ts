/**
 * Every structure of OpenWire that a client, or a network of brokers, sends or gets: one line a field, from which
 * reader, writer and types are made, in both encodings and all versions.
 *
 *     'string'                  a value, see FieldValues below
 *     'nested MessageId'        a structure of that name or family, or null
 *     'cached Destination'      the same, of which the cache may hold a copy
 *     'array BrokerId'          a list of such structures, or null
 *     '... since 6'             in versions 6 and later; before that it has its default
 *     '... until 9'             in versions up to 9
 *
 * Fields are in wire order. `type` is the byte in front. The names of structures and fields are those of the Java
 * client, misspellings included, but without its prefix ActiveMQ.
 */

const COMMAND = { commandId: 'int', responseRequired: 'bool' } as const;

const RESPONSE = { ...COMMAND, correlationId: 'int' } as const;

const MESSAGE = {
  ...COMMAND,
  producerId: 'cached ProducerId',
  destination: 'cached Destination',
  transactionId: 'cached TransactionId',
  originalDestination: 'cached Destination',
  messageId: 'nested MessageId',
  originalTransactionId: 'cached TransactionId',
  groupID: 'string',
  groupSequence: 'int',
  correlationId: 'string',
  persistent: 'bool',
  expiration: 'long',
  priority: 'byte',
  replyTo: 'nested Destination',
  timestamp: 'long',
  messageType: 'string',
  content: 'view',
  marshalledProperties: 'view',
  dataStructure: 'nested Structure',
  targetConsumerId: 'cached ConsumerId',
  compressed: 'bool',
  redeliveryCounter: 'int',
  brokerPath: 'array BrokerId',
  arrival: 'long',
  userID: 'string',
  recievedByDFBridge: 'bool',
  droppable: 'bool since 2',
  cluster: 'array BrokerId since 3',
  brokerInTime: 'long since 3',
  brokerOutTime: 'long since 3',
  jmsxGroupFirstForConsumer: 'bool since 10',
} as const;

const DESTINATION = { physicalName: 'string' } as const;

export interface StructureSchema {
  readonly type: number;
  /** A message, or the first frame: nested in tight encoding it has one more bit. */
  readonly isMarshallAware?: true;
  readonly fields: Readonly<Record<string, string>>;
}

export const SCHEMA = {
  WireFormatInfo: {
    type: 1,
    isMarshallAware: true,
    fields: { magic: 'magic', version: 'int', marshalledProperties: 'bytes' },
  },
  BrokerInfo: {
    type: 2,
    fields: {
      ...COMMAND,
      brokerId: 'cached BrokerId',
      brokerURL: 'string',
      peerBrokerInfos: 'array BrokerInfo',
      brokerName: 'string',
      slaveBroker: 'bool',
      masterBroker: 'bool',
      faultTolerantConfiguration: 'bool',
      duplexConnection: 'bool since 2',
      networkConnection: 'bool since 2',
      connectionId: 'long since 2',
      brokerUploadUrl: 'string since 3',
      networkProperties: 'string since 3',
    },
  },
  ConnectionInfo: {
    type: 3,
    fields: {
      ...COMMAND,
      connectionId: 'cached ConnectionId',
      clientId: 'string',
      password: 'string',
      userName: 'string',
      brokerPath: 'array BrokerId',
      brokerMasterConnector: 'bool',
      manageable: 'bool',
      clientMaster: 'bool since 2',
      faultTolerant: 'bool since 6',
      failoverReconnect: 'bool since 6',
      clientIp: 'string since 8',
    },
  },
  SessionInfo: { type: 4, fields: { ...COMMAND, sessionId: 'cached SessionId' } },
  ConsumerInfo: {
    type: 5,
    fields: {
      ...COMMAND,
      consumerId: 'cached ConsumerId',
      browser: 'bool',
      destination: 'cached Destination',
      prefetchSize: 'int',
      maximumPendingMessageLimit: 'int',
      dispatchAsync: 'bool',
      selector: 'string',
      clientId: 'string since 10',
      subscriptionName: 'string',
      noLocal: 'bool',
      exclusive: 'bool',
      retroactive: 'bool',
      priority: 'byte',
      brokerPath: 'array BrokerId',
      additionalPredicate: 'nested NetworkBridgeFilter',
      networkSubscription: 'bool',
      optimizedAcknowledge: 'bool',
      noRangeAcks: 'bool',
      networkConsumerPath: 'array ConsumerId since 4',
    },
  },
  ProducerInfo: {
    type: 6,
    fields: {
      ...COMMAND,
      producerId: 'cached ProducerId',
      destination: 'cached Destination',
      brokerPath: 'array BrokerId',
      dispatchAsync: 'bool since 2',
      windowSize: 'int since 3',
    },
  },
  TransactionInfo: {
    type: 7,
    fields: {
      ...COMMAND,
      connectionId: 'cached ConnectionId',
      transactionId: 'cached TransactionId',
      operation: 'byte',
    },
  },
  DestinationInfo: {
    type: 8,
    fields: {
      ...COMMAND,
      connectionId: 'cached ConnectionId',
      destination: 'cached Destination',
      operationType: 'byte',
      timeout: 'long',
      brokerPath: 'array BrokerId',
    },
  },
  RemoveSubscriptionInfo: {
    type: 9,
    fields: { ...COMMAND, connectionId: 'cached ConnectionId', subcriptionName: 'string', clientId: 'string' },
  },
  KeepAliveInfo: { type: 10, fields: COMMAND },
  ShutdownInfo: { type: 11, fields: COMMAND },
  RemoveInfo: {
    type: 12,
    fields: { ...COMMAND, objectId: 'cached Id', lastDeliveredSequenceId: 'long since 5' },
  },
  ControlCommand: { type: 14, fields: { ...COMMAND, command: 'string' } },
  FlushCommand: { type: 15, fields: COMMAND },
  ConnectionError: {
    type: 16,
    fields: { ...COMMAND, exception: 'throwable', connectionId: 'nested ConnectionId' },
  },
  ConsumerControl: {
    type: 17,
    fields: {
      ...COMMAND,
      destination: 'nested Destination since 6',
      close: 'bool',
      consumerId: 'nested ConsumerId',
      prefetch: 'int',
      flush: 'bool since 2',
      start: 'bool since 2',
      stop: 'bool since 2',
    },
  },
  ConnectionControl: {
    type: 18,
    fields: {
      ...COMMAND,
      close: 'bool',
      exit: 'bool',
      faultTolerant: 'bool',
      resume: 'bool',
      suspend: 'bool',
      connectedBrokers: 'string since 6',
      reconnectTo: 'string since 6',
      rebalanceConnection: 'bool since 6',
      token: 'bytes since 8',
    },
  },
  ProducerAck: { type: 19, fields: { ...COMMAND, producerId: 'nested ProducerId', size: 'int' } },
  MessagePull: {
    type: 20,
    fields: {
      ...COMMAND,
      consumerId: 'cached ConsumerId',
      destination: 'cached Destination',
      timeout: 'long',
      correlationId: 'string since 3',
      messageId: 'nested MessageId since 3',
    },
  },
  MessageDispatch: {
    type: 21,
    fields: {
      ...COMMAND,
      consumerId: 'cached ConsumerId',
      destination: 'cached Destination',
      message: 'nested Message',
      redeliveryCounter: 'int',
    },
  },
  MessageAck: {
    type: 22,
    fields: {
      ...COMMAND,
      destination: 'cached Destination',
      transactionId: 'cached TransactionId',
      consumerId: 'cached ConsumerId',
      ackType: 'byte',
      firstMessageId: 'nested MessageId',
      lastMessageId: 'nested MessageId',
      messageCount: 'int',
      poisonCause: 'throwable since 7',
    },
  },
  PlainMessage: { type: 23, isMarshallAware: true, fields: MESSAGE },
  BytesMessage: { type: 24, isMarshallAware: true, fields: MESSAGE },
  MapMessage: { type: 25, isMarshallAware: true, fields: MESSAGE },
  ObjectMessage: { type: 26, isMarshallAware: true, fields: MESSAGE },
  StreamMessage: { type: 27, isMarshallAware: true, fields: MESSAGE },
  TextMessage: { type: 28, isMarshallAware: true, fields: MESSAGE },
  BlobMessage: {
    type: 29,
    isMarshallAware: true,
    fields: {
      ...MESSAGE,
      remoteBlobUrl: 'string since 3',
      mimeType: 'string since 3',
      deletedByBroker: 'bool since 3',
    },
  },
  Response: { type: 30, fields: RESPONSE },
  ExceptionResponse: { type: 31, fields: { ...RESPONSE, exception: 'throwable' } },
  DataResponse: { type: 32, fields: { ...RESPONSE, data: 'nested Structure' } },
  DataArrayResponse: { type: 33, fields: { ...RESPONSE, data: 'array Structure' } },
  IntegerResponse: { type: 34, fields: { ...RESPONSE, result: 'int' } },
  MessageDispatchNotification: {
    type: 90,
    fields: {
      ...COMMAND,
      consumerId: 'cached ConsumerId',
      destination: 'cached Destination',
      deliverySequenceId: 'long',
      messageId: 'nested MessageId',
    },
  },
  NetworkBridgeFilter: {
    type: 91,
    fields: {
      networkTTL: 'int until 9',
      networkBrokerId: 'cached BrokerId',
      messageTTL: 'int since 10',
      consumerTTL: 'int since 10',
    },
  },
  BrokerSubscriptionInfo: {
    type: 92,
    fields: { ...COMMAND, brokerId: 'nested BrokerId', brokerName: 'string', subscriptionInfos: 'array ConsumerInfo' },
  },
  Queue: { type: 100, fields: DESTINATION },
  Topic: { type: 101, fields: DESTINATION },
  TempQueue: { type: 102, fields: DESTINATION },
  TempTopic: { type: 103, fields: DESTINATION },
  MessageId: {
    type: 110,
    fields: {
      textView: 'string since 10',
      producerId: 'cached ProducerId',
      producerSequenceId: 'long',
      brokerSequenceId: 'long',
    },
  },
  LocalTransactionId: { type: 111, fields: { value: 'long', connectionId: 'cached ConnectionId' } },
  XATransactionId: {
    type: 112,
    fields: { formatId: 'int', globalTransactionId: 'bytes', branchQualifier: 'bytes' },
  },
  ConnectionId: { type: 120, fields: { value: 'string' } },
  SessionId: { type: 121, fields: { connectionId: 'string', value: 'long' } },
  ConsumerId: { type: 122, fields: { connectionId: 'string', sessionId: 'long', value: 'long' } },
  ProducerId: { type: 123, fields: { connectionId: 'string', value: 'long', sessionId: 'long' } },
  BrokerId: { type: 124, fields: { value: 'string' } },
} as const satisfies Readonly<Record<string, StructureSchema>>;

export type StructureName = keyof typeof SCHEMA;

/** Where one of several structures may stand. Every structure is also a family of its own. */
export const FAMILIES = {
  Destination: ['Queue', 'Topic', 'TempQueue', 'TempTopic'],
  TransactionId: ['LocalTransactionId', 'XATransactionId'],
  Id: ['ConnectionId', 'SessionId', 'ConsumerId', 'ProducerId'],
  Message: [
    'PlainMessage',
    'BytesMessage',
    'MapMessage',
    'ObjectMessage',
    'StreamMessage',
    'TextMessage',
    'BlobMessage',
  ],
  /** What advisories and answers carry. */
  Structure: [
    'BrokerInfo',
    'ConnectionInfo',
    'SessionInfo',
    'ConsumerInfo',
    'ProducerInfo',
    'DestinationInfo',
    'RemoveSubscriptionInfo',
    'RemoveInfo',
    'MessageDispatch',
    'PlainMessage',
    'BytesMessage',
    'MapMessage',
    'ObjectMessage',
    'StreamMessage',
    'TextMessage',
    'BlobMessage',
    'Queue',
    'Topic',
    'TempQueue',
    'TempTopic',
    'MessageId',
    'LocalTransactionId',
    'XATransactionId',
    'ConnectionId',
    'SessionId',
    'ConsumerId',
    'ProducerId',
    'BrokerId',
  ],
} as const satisfies Readonly<Record<string, readonly StructureName[]>>;

export type FamilyName = keyof typeof FAMILIES;

/** What a field that a version lacks is taken for, where that is not the type's zero. */
export const ABSENT: Readonly<Partial<Record<StructureName, Readonly<Record<string, number>>>>> = {
  /** Unknown: what was delivered counts as delivered. */
  RemoveInfo: { lastDeliveredSequenceId: -2 },
};
