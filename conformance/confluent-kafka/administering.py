"""The AdminClient: topics, configurations, records, groups, offsets."""
from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, KafkaError, KafkaException
from confluent_kafka import TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewPartitions, NewTopic, OffsetSpec, ResourceType,
)

from harness import (
    BROKER, WAIT_SECONDS, admin, check, collect, consumer, error_of, fresh, numbered, produce, topic, values, wait_for,
)


def configs(name, kind=ResourceType.TOPIC):
    resource = ConfigResource(kind, name)
    return admin().describe_configs([resource])[resource].result(WAIT_SECONDS)


def change(name, *entries):
    resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=list(entries))
    return admin().incremental_alter_configs([resource])[resource]


def entry(name, value, operation):
    return ConfigEntry(name, value, incremental_operation=operation)


def topics():
    return admin().list_topics(timeout=WAIT_SECONDS).topics


@check("create, describe and delete topics")
def _():
    names = [fresh(), fresh()]
    for name, future in admin().create_topics([NewTopic(name, 3, 1) for name in names]).items():
        assert future.result(WAIT_SECONDS) is None, name
    for name, future in admin().describe_topics(TopicCollection(names)).items():
        described = future.result(WAIT_SECONDS)
        assert (described.name, len(described.partitions), described.is_internal) == (name, 3, False)
        assert all(partition.leader is not None for partition in described.partitions)
        assert str(described.topic_id) != "AAAAAAAAAAAAAAAAAAAAAA"
    for future in admin().delete_topics(names).values():
        assert future.result(WAIT_SECONDS) is None
    assert not set(names) & set(topics())
    for future in admin().delete_topics(names).values():
        assert error_of(future) == KafkaError.UNKNOWN_TOPIC_OR_PART
    for future in admin().describe_topics(TopicCollection(names)).values():
        assert error_of(future) == KafkaError.UNKNOWN_TOPIC_OR_PART


@check("topics that can't be created")
def _():
    there = topic()

    def refused(*args, **more):
        (future,) = admin().create_topics([NewTopic(*args, **more)]).values()
        return error_of(future)

    assert refused(there, 1, 1) == KafkaError.TOPIC_ALREADY_EXISTS
    assert refused(fresh(), 0, 1) == KafkaError.INVALID_PARTITIONS
    assert refused(fresh(), 1, 3) == KafkaError.INVALID_REPLICATION_FACTOR
    assert refused("no/slashes", 1, 1) == KafkaError.TOPIC_EXCEPTION
    assert refused(fresh(), 1, 1, config={"no.such.config": "1"}) == KafkaError.INVALID_CONFIG
    assert refused(fresh(), 1, 1, config={"retention.ms": "soon"}) == KafkaError.INVALID_CONFIG


@check("a creation that is only tried")
def _():
    name = fresh()
    future = admin().create_topics([NewTopic(name, 1, 1)], validate_only=True)[name]
    assert future.result(WAIT_SECONDS) is None
    assert name not in topics()


@check("a topic deleted and created again is empty")
def _():
    name = topic()
    produce(name, numbered(3))
    admin().delete_topics([name])[name].result(WAIT_SECONDS)
    wait_for(lambda: name not in topics(), "the topic is gone")
    admin().create_topics([NewTopic(name, 1, 1)])[name].result(WAIT_SECONDS)
    produce(name, [b"new"])
    reader = consumer()
    reader.assign([TopicPartition(name, 0, 0)])
    assert values(collect(reader, 1)) == [b"new"]
    reader.close()


@check("describe the configuration of a topic")
def _():
    found = configs(topic(config={"retention.ms": "3600000", "cleanup.policy": "compact,delete"}))
    assert found["retention.ms"].value == "3600000"
    assert found["retention.ms"].source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    assert not found["retention.ms"].is_default
    assert found["cleanup.policy"].value == "compact,delete"
    defaults = {"retention.bytes": "-1", "max.message.bytes": "1048588", "compression.type": "producer"}
    defaults |= {"message.timestamp.type": "CreateTime", "delete.retention.ms": "86400000"}
    for name, value in defaults.items():
        assert (found[name].value, found[name].is_default) == (value, True), (name, found[name])
    (future,) = admin().describe_configs([ConfigResource(ResourceType.TOPIC, fresh())]).values()
    assert error_of(future) == KafkaError.UNKNOWN_TOPIC_OR_PART


@check("describe the configuration of the broker")
def _():
    broker = next(iter(admin().list_topics(timeout=WAIT_SECONDS).brokers))
    found = configs(str(broker), ResourceType.BROKER)
    assert found["num.partitions"].value == "4", found["num.partitions"]
    assert found["auto.create.topics.enable"].value == "true"
    assert int(found["message.max.bytes"].value) == 1048588


@check("alter configurations by steps")
def _():
    name = topic()
    change(name, entry("retention.ms", "1000000", AlterConfigOpType.SET)).result(WAIT_SECONDS)
    change(name, entry("cleanup.policy", "compact", AlterConfigOpType.APPEND)).result(WAIT_SECONDS)
    found = configs(name)
    assert found["retention.ms"].value == "1000000"
    assert set(found["cleanup.policy"].value.split(",")) == {"delete", "compact"}
    change(
        name,
        entry("retention.ms", None, AlterConfigOpType.DELETE),
        entry("cleanup.policy", "compact", AlterConfigOpType.SUBTRACT),
    ).result(WAIT_SECONDS)
    found = configs(name)
    assert (found["retention.ms"].value, found["retention.ms"].is_default) == ("604800000", True)
    assert found["cleanup.policy"].value == "delete"
    assert error_of(change(name, entry("no.such.config", "1", AlterConfigOpType.SET))) == KafkaError.INVALID_CONFIG
    assert error_of(change(name, entry("retention.ms", "x", AlterConfigOpType.SET))) == KafkaError.INVALID_CONFIG


@check("a limit that is altered holds at once")
def _():
    name = topic()
    produce(name, [b"x" * 6000])
    change(name, entry("max.message.bytes", "5000", AlterConfigOpType.SET)).result(WAIT_SECONDS)

    def refused():
        try:
            produce(name, [b"x" * 6000])
            return False
        except (AssertionError, KafkaException) as error:
            assert "too large" in str(error), error
            return True

    wait_for(refused, "the limit", seconds=5)


@check("more partitions, never fewer")
def _():
    name = topic(2)
    future = admin().create_partitions([NewPartitions(name, 5)])[name]
    assert future.result(WAIT_SECONDS) is None
    wait_for(lambda: len(topics()[name].partitions) == 5, "five partitions")
    produce(name, [b"in the last"], 4)
    assert error_of(admin().create_partitions([NewPartitions(name, 3)])[name]) == KafkaError.INVALID_PARTITIONS
    absent = fresh()
    future = admin().create_partitions([NewPartitions(absent, 3)])[absent]
    assert error_of(future) == KafkaError.UNKNOWN_TOPIC_OR_PART


@check("delete records")
def _():
    name = topic()
    produce(name, numbered(10))

    def delete(before):
        (future,) = admin().delete_records([TopicPartition(name, 0, before)]).values()
        return future

    assert delete(4).result(WAIT_SECONDS).low_watermark == 4
    reader = consumer()
    assert reader.get_watermark_offsets(TopicPartition(name, 0), WAIT_SECONDS) == (4, 10)
    reader.assign([TopicPartition(name, 0, 0)])
    assert values(collect(reader, 6)) == numbered(10)[4:]
    reader.close()
    assert error_of(delete(11)) == KafkaError.OFFSET_OUT_OF_RANGE
    assert delete(-1).result(WAIT_SECONDS).low_watermark == 10


@check("list, describe and delete groups")
def _():
    name, group = topic(2), fresh("group")
    member = consumer(group, client_id="the-client")
    member.subscribe([name])
    wait_for(lambda: len(member.assignment()) == 2, "the assignment", member)
    listed = {one.group_id: one for one in admin().list_consumer_groups().result(WAIT_SECONDS).valid}
    assert listed[group].state == ConsumerGroupState.STABLE, listed[group].state
    described = admin().describe_consumer_groups([group])[group].result(WAIT_SECONDS)
    assert (described.state, described.partition_assignor) == (ConsumerGroupState.STABLE, "range")
    assert f"{described.coordinator.host}:{described.coordinator.port}" == BROKER, described.coordinator
    (one,) = described.members
    owned = {(partition.topic, partition.partition) for partition in one.assignment.topic_partitions}
    assert owned == {(name, 0), (name, 1)}, owned
    assert one.client_id == "the-client" and one.host, (one.client_id, one.host)
    assert error_of(admin().delete_consumer_groups([group])[group]) == KafkaError.NON_EMPTY_GROUP
    member.commit(offsets=[TopicPartition(name, 0, 0)], asynchronous=False)
    member.close()
    described = admin().describe_consumer_groups([group])[group].result(WAIT_SECONDS)
    assert (described.state, described.members) == (ConsumerGroupState.EMPTY, []), described.state
    assert admin().delete_consumer_groups([group])[group].result(WAIT_SECONDS) is None
    assert error_of(admin().delete_consumer_groups([group])[group]) == KafkaError.GROUP_ID_NOT_FOUND
    listed = admin().list_consumer_groups().result(WAIT_SECONDS).valid
    assert group not in {one.group_id for one in listed}


@check("list groups by their state")
def _():
    name, group = topic(), fresh("group")
    idle = consumer(group)
    idle.commit(offsets=[TopicPartition(name, 0, 0)], asynchronous=False)
    idle.close()

    def listed(state):
        found = admin().list_consumer_groups(states={state}).result(WAIT_SECONDS).valid
        return group in {one.group_id for one in found}

    assert listed(ConsumerGroupState.EMPTY) and not listed(ConsumerGroupState.STABLE)


@check("list and alter the offsets of a group")
def _():
    name, group = topic(3), fresh("group")
    wanted = [TopicPartition(name, partition, partition * 2) for partition in range(2)]
    request = ConsumerGroupTopicPartitions(group, wanted)
    admin().alter_consumer_group_offsets([request])[group].result(WAIT_SECONDS)
    some = ConsumerGroupTopicPartitions(group, [TopicPartition(name, partition) for partition in range(3)])
    found = admin().list_consumer_group_offsets([some])[group].result(WAIT_SECONDS).topic_partitions
    assert [one.offset for one in found] == [0, 2, -1001], found
    every = ConsumerGroupTopicPartitions(group)
    found = admin().list_consumer_group_offsets([every])[group].result(WAIT_SECONDS).topic_partitions
    assert sorted((one.partition, one.offset) for one in found) == [(0, 0), (1, 2)], found
    member = consumer(group)
    member.subscribe([name])
    wait_for(lambda: len(member.assignment()) == 3, "the assignment", member)
    refused = admin().alter_consumer_group_offsets([request])[group].result(WAIT_SECONDS).topic_partitions
    assert {one.error.code() for one in refused} == {KafkaError.UNKNOWN_MEMBER_ID}, refused
    member.close()


@check("list offsets by every specification")
def _():
    name = topic()
    for n, time in enumerate((1_700_000_000_000, 1_700_000_009_000, 1_700_000_005_000)):
        produce(name, [str(n).encode()], timestamp=time)

    def offset(spec, partition=0):
        key = TopicPartition(name, partition)
        (future,) = admin().list_offsets({key: spec}).values()
        return future.result(WAIT_SECONDS)

    assert offset(OffsetSpec.earliest()).offset == 0
    assert offset(OffsetSpec.latest()).offset == 3
    newest = offset(OffsetSpec.max_timestamp())
    assert (newest.offset, newest.timestamp) == (1, 1_700_000_009_000), (newest.offset, newest.timestamp)
    assert offset(OffsetSpec.for_timestamp(1_700_000_004_000)).offset == 1
    assert offset(OffsetSpec.for_timestamp(1_800_000_000_000)).offset == -1


@check("describe the cluster")
def _():
    cluster = admin().describe_cluster().result(WAIT_SECONDS)
    metadata = admin().list_topics(timeout=WAIT_SECONDS)
    assert cluster.cluster_id == metadata.cluster_id != "", cluster.cluster_id
    assert [f"{node.host}:{node.port}" for node in cluster.nodes] == [BROKER]
    assert cluster.controller.id == cluster.nodes[0].id == metadata.controller_id
