/**
 * Limits of the gRPC sessions: what RocketMQ's own proxy allows, and how much of ours one client may take.
 */
const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

export const grpcLimits = {
  /** One request or answer, decoded from one gRPC message. */
  requestBytesMax: 32 * MIB,
  bodyBytesMax: 4 * MIB,
  messagesMax: 256,
  userPropertiesMax: 128,
  userPropertyBytesMax: 16 * KIB,
  messageGroupBytesMax: 64,
  clientIdCharactersMax: 255,

  receiveMessagesMax: 256,
  /** Payload of one answer; the first message is given whatever it has. */
  receiveBytesMax: 4 * MIB,
  invisibleMsMin: 10 * SECOND_MS,
  invisibleMsMax: 12 * HOUR_MS,
  /** So long what is renewed for a client stays with it. */
  renewedMsMax: 3 * HOUR_MS,
  /** What such a client is told. */
  renewedMs: 60 * SECOND_MS,
  pollMsMax: 20 * SECOND_MS,
  /** Between our answer and the client's deadline. */
  pollMarginMs: 200,

  /** Clients known at a time; each may wait with so many receives. */
  clientsMax: 10_000,
  clientReceivesMax: 1_024,
  /** A client that says nothing so long, and has no stream open, is gone. */
  clientSilentMs: 30 * SECOND_MS,
  clientCheckMs: 5 * SECOND_MS,
  settingsTopicsMax: 1_024,
} as const;
