"""The consumer without company: positions, offsets, what it is told."""
import os

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException, TopicPartition

from harness import WAIT_SECONDS, check, collect, consumer, drain, fresh, numbered, produce, producer, topic, values


@check("from an assigned offset, from the beginning, from the end")
def _():
    name = topic()
    produce(name, numbered(10))
    reader = consumer()
    reader.assign([TopicPartition(name, 0, 7)])
    assert values(collect(reader, 3)) == numbered(10)[7:]
    assert reader.position([TopicPartition(name, 0)])[0].offset == 10
    reader.assign([TopicPartition(name, 0, OFFSET_BEGINNING)])
    assert values(collect(reader, 10)) == numbered(10)
    reader.close()
    tail = consumer(enable_partition_eof=True)
    tail.assign([TopicPartition(name, 0, OFFSET_END)])
    assert drain(tail, 1) == []
    produce(name, [b"later"])
    assert values(collect(tail, 1)) == [b"later"]
    tail.close()


@check("seek, pause and resume")
def _():
    name = topic(2)
    for partition in range(2):
        produce(name, numbered(5, str(partition)), partition)
    reader = consumer()
    reader.assign([TopicPartition(name, 0, 0), TopicPartition(name, 1, 0)])
    collect(reader, 10)
    reader.seek(TopicPartition(name, 1, 2))
    assert values(collect(reader, 3)) == numbered(5, "1")[2:]
    reader.pause([TopicPartition(name, 0)])
    produce(name, [b"while paused"], 0)
    produce(name, [b"not paused"], 1)
    assert values(collect(reader, 1)) == [b"not paused"]
    assert reader.poll(0.5) is None
    reader.resume([TopicPartition(name, 0)])
    assert values(collect(reader, 1)) == [b"while paused"]
    reader.close()


@check("offsets for times")
def _():
    name = topic(2)
    for n in range(5):
        produce(name, [str(n).encode()], timestamp=1_700_000_000_000 + n * 1000)
    reader = consumer()

    def at(time, partition=0):
        return reader.offsets_for_times([TopicPartition(name, partition, time)], WAIT_SECONDS)[0].offset

    assert [at(1_700_000_000_000 + ms) for ms in (-1, 0, 1, 1000, 3999, 4000)] == [0, 0, 1, 1, 4, 4]
    assert at(1_700_000_004_001) == OFFSET_END
    assert at(0, partition=1) == OFFSET_END
    reader.close()


@check("offsets for times inside a batch, plain and compressed")
def _():
    name = topic(2)
    for partition, codec in enumerate(("none", "lz4")):
        sender = producer(linger_ms=200, compression_type=codec)
        for n in range(20):
            sender.produce(name, str(n).encode(), partition=partition, timestamp=1_700_000_000_000 + n)
        assert sender.flush(WAIT_SECONDS) == 0
    reader = consumer()
    asked = [TopicPartition(name, partition, 1_700_000_000_013) for partition in range(2)]
    assert [found.offset for found in reader.offsets_for_times(asked, WAIT_SECONDS)] == [13, 13]
    reader.close()


@check("watermarks")
def _():
    name = topic()
    reader = consumer()
    partition = TopicPartition(name, 0)
    assert reader.get_watermark_offsets(partition, WAIT_SECONDS) == (0, 0)
    produce(name, numbered(7))
    assert reader.get_watermark_offsets(partition, WAIT_SECONDS) == (0, 7)
    reader.close()


@check("an offset out of range is reset or an error")
def _():
    name = topic()
    produce(name, numbered(3))
    reader = consumer()
    reader.assign([TopicPartition(name, 0, 100)])
    assert values(collect(reader, 3)) == numbered(3)
    reader.close()
    strict = consumer(auto_offset_reset="error")
    strict.assign([TopicPartition(name, 0, 100)])
    try:
        collect(strict, 1)
        raise AssertionError("no error")
    except KafkaException as error:
        assert error.args[0].code() == KafkaError._AUTO_OFFSET_RESET, error
    strict.close()


@check("a topic that is not there is told and not created")
def _():
    name = fresh()
    reader = consumer()
    reader.subscribe([name])
    try:
        collect(reader, 1)
        raise AssertionError("no error")
    except KafkaException as error:
        assert error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART, error
    assert name not in reader.list_topics(timeout=WAIT_SECONDS).topics
    reader.close()


@check("batches larger than a fetch may be")
def _():
    name = topic()
    large = [os.urandom(100_000) for _ in range(20)]
    produce(name, large)
    reader = consumer(fetch_message_max_bytes=1000, fetch_max_bytes=1000, message_max_bytes=1000)
    reader.assign([TopicPartition(name, 0, 0)])
    assert values(collect(reader, 20)) == large
    reader.close()


@check("a fetch that waits for a minimum of bytes")
def _():
    name = topic()
    reader = consumer(fetch_min_bytes=100_000, fetch_wait_max_ms=500)
    reader.assign([TopicPartition(name, 0, 0)])
    produce(name, [b"few"])
    assert values(collect(reader, 1)) == [b"few"]
    produce(name, [os.urandom(120_000)])
    collect(reader, 1)
    reader.close()


@check("many partitions at once")
def _():
    name = topic(20)
    sender = producer()
    for n in range(2000):
        sender.produce(name, str(n).encode(), partition=n % 20)
    assert sender.flush(WAIT_SECONDS) == 0
    reader = consumer(enable_partition_eof=True)
    reader.assign([TopicPartition(name, partition, 0) for partition in range(20)])
    messages = drain(reader, 20)
    for partition in range(20):
        own = [int(message.value()) for message in messages if message.partition() == partition]
        assert own == list(range(partition, 2000, 20)), (partition, own[:5])
    reader.close()


@check("only what is committed, where nothing is transactional")
def _():
    name = topic()
    produce(name, numbered(5))
    reader = consumer(isolation_level="read_committed", enable_partition_eof=True)
    reader.assign([TopicPartition(name, 0, 0)])
    assert values(drain(reader, 1)) == numbered(5)
    reader.close()
