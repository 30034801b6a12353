/**
 * InitProducerId: an id for an idempotent producer. Transactional ids come with transactions; until then they are
 * refused, as by a broker that is too old for them, and empty ones as by any.
 */
import { initProducerIdApi } from '../../../wire/kafka/apis/producers.ts';
import { ERROR } from '../../../wire/kafka/error-codes.ts';
import { operation } from '../operation.ts';

export const initProducerId = operation(initProducerIdApi, ({ peer }, request) => {
  if (request.transactionalId !== null) {
    const errorCode = request.transactionalId === '' ? ERROR.INVALID_REQUEST : ERROR.UNSUPPORTED_VERSION;
    return { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 };
  }
  return { throttleTimeMs: 0, errorCode: ERROR.NONE, producerId: peer.node.producers.newId(), producerEpoch: 0 };
});
