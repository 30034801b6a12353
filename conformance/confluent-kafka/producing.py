"""The producer: delivery reports, idempotence, codecs, what is refused."""
import os
import time

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, KafkaError, KafkaException, TopicPartition

from harness import WAIT_SECONDS, check, collect, consumer, fresh, numbered, produce, producer, topic, values


def read(name, count, partition=0, **config):
    reader = consumer(check_crcs=True, **config)
    reader.assign([TopicPartition(name, partition, 0)])
    try:
        return collect(reader, count)
    finally:
        reader.close()


def refusal(name, value, **config):
    """The error that a delivery report brings."""
    errors = []
    sender = producer(**config)
    sender.produce(name, value, on_delivery=lambda error, _: errors.append(error))
    assert sender.flush(WAIT_SECONDS) == 0, "no delivery report"
    assert errors[0] is not None, "was delivered"
    return errors[0].code()


@check("delivery reports bring partition, offset and timestamp")
def _():
    name = topic(3)
    for partition in range(3):
        before = int(time.time() * 1000)
        delivered = produce(name, numbered(10), partition)
        assert [message.offset() for message in delivered] == list(range(10)), [m.offset() for m in delivered]
        for message in delivered:
            kind, at = message.timestamp()
            assert (message.partition(), kind) == (partition, TIMESTAMP_CREATE_TIME), (message.partition(), kind)
            assert before <= at <= time.time() * 1000, at


@check("keys, headers, null and empty values, timestamps arrive")
def _():
    name = topic()
    sender = producer()
    headers = [("a", b"1"), ("a", b"two"), ("empty", b""), ("none", None)]
    sender.produce(name, b"value", b"key", headers=headers, timestamp=1700000000123)
    sender.produce(name, None, b"tombstone")
    sender.produce(name, b"", b"")
    assert sender.flush(WAIT_SECONDS) == 0
    first, second, third = read(name, 3)
    assert (first.key(), first.value(), first.headers()) == (b"key", b"value", headers), first.headers()
    assert first.timestamp() == (TIMESTAMP_CREATE_TIME, 1700000000123), first.timestamp()
    assert (second.key(), second.value(), second.headers()) == (b"tombstone", None, None)
    assert (third.key(), third.value()) == (b"", b"")


@check("a topic that stamps what it appends")
def _():
    name = topic(config={"message.timestamp.type": "LogAppendTime"})
    before = int(time.time() * 1000)
    (delivered,) = produce(name, [b"x"], timestamp=1000)
    (message,) = read(name, 1)
    kind, at = message.timestamp()
    assert kind == TIMESTAMP_LOG_APPEND_TIME and before <= at <= time.time() * 1000, (kind, at)
    assert delivered.timestamp() == (kind, at), delivered.timestamp()


@check("a thousand messages of an idempotent producer, in order")
def _():
    name = topic()
    sender = producer(enable_idempotence=True, batch_num_messages=50)
    delivered = produce(name, numbered(1000), sender=sender)
    assert [message.offset() for message in delivered] == list(range(1000))
    assert values(read(name, 1000)) == numbered(1000)


@check("two idempotent producers at one partition")
def _():
    name = topic()
    senders = [producer(enable_idempotence=True) for _ in range(2)]
    for turn in range(5):
        for index, sender in enumerate(senders):
            produce(name, [f"{index} {turn}".encode()], sender=sender)
    assert values(read(name, 10)) == [f"{index} {turn}".encode() for turn in range(5) for index in range(2)]


for codec in ("gzip", "snappy", "lz4", "zstd"):

    @check(f"compression by {codec}")
    def _(codec=codec):
        name = topic()
        many = [f"{n} {'the same again ' * 20}".encode() for n in range(500)]
        produce(name, many, sender=producer(compression_type=codec, linger_ms=50))
        assert values(read(name, 500)) == many


@check("a topic that compresses by its own codec")
def _():
    name = topic(config={"compression.type": "gzip"})
    produce(name, numbered(100), sender=producer(compression_type="lz4", linger_ms=50))
    produce(name, numbered(100))
    assert values(read(name, 200)) == numbered(100) * 2


@check("acks 0 and 1")
def _():
    name = topic()
    produce(name, numbered(20), sender=producer(acks=0))
    assert values(read(name, 20)) == numbered(20)
    produce(name, numbered(20, "more"), sender=producer(acks=1))
    assert values(read(name, 40)) == numbered(20) + numbered(20, "more")


@check("messages of nearly a megabyte")
def _():
    name = topic()
    large = [os.urandom(900_000) for _ in range(5)]
    produce(name, large)
    assert values(read(name, 5)) == large


@check("a message that the broker finds too large")
def _():
    assert refusal(topic(), b"x" * 2_000_000, message_max_bytes=5_000_000) == KafkaError.MSG_SIZE_TOO_LARGE
    small = topic(config={"max.message.bytes": "5000"})
    assert refusal(small, b"x" * 6000) == KafkaError.MSG_SIZE_TOO_LARGE
    produce(small, [b"x" * 4000])


@check("a topic created by producing to it")
def _():
    name = fresh()
    produce(name, [b"first"], partition=3)
    assert values(read(name, 1, partition=3)) == [b"first"]
    assert len(producer().list_topics(name, WAIT_SECONDS).topics[name].partitions) == 4


@check("a topic's name that is not allowed")
def _():
    code = refusal("no/slashes", b"x")
    assert code in (KafkaError.TOPIC_EXCEPTION, KafkaError._UNKNOWN_TOPIC), code


@check("a partition that is not there")
def _():
    sender = producer()
    name = topic(2)
    errors = []
    try:
        sender.produce(name, b"x", partition=2, on_delivery=lambda error, _: errors.append(error.code()))
        assert sender.flush(WAIT_SECONDS) == 0
    except KafkaException as error:
        errors.append(error.args[0].code())
    assert errors == [KafkaError._UNKNOWN_PARTITION], errors
