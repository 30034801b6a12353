"""Consumer groups: rebalances, commits, static members, members that vanish."""
import subprocess
import sys

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from harness import (
    BROKER, WAIT_SECONDS, check, collect, consumer, drain, fresh, numbered, produce, topic, values, wait_for,
)


class Member:
    """A consumer that keeps account of its assignment."""

    def __init__(self, group, name, strategy="range", **config):
        self.owned = set()
        self.events = []
        self.reader = consumer(group, partition_assignment_strategy=strategy, heartbeat_interval_ms=300, **config)
        self.reader.subscribe([name], on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.revoked)

    def assigned(self, _, partitions):
        self.events.append(("assigned", len(partitions)))
        self.owned |= {partition.partition for partition in partitions}

    def revoked(self, _, partitions):
        self.events.append(("revoked", len(partitions)))
        self.owned -= {partition.partition for partition in partitions}

    def close(self):
        self.reader.close()


def wait_for_split(members, *sizes):
    def split():
        owned = [member.owned for member in members]
        together = set().union(*owned)
        return sorted(map(len, owned)) == sorted(sizes) and len(together) == sum(sizes)

    what = f"a split of {sizes}"
    try:
        wait_for(split, what, *[member.reader for member in members])
    except AssertionError as error:
        raise AssertionError(f"{error}; {[(sorted(member.owned), member.events) for member in members]}") from None


@check("a group goes on where it stopped, by automatic commits")
def _():
    name, group = topic(4), fresh("group")
    for partition in range(4):
        produce(name, numbered(5, str(partition)), partition)
    first = consumer(group)
    first.subscribe([name])
    assert len(collect(first, 20)) == 20
    first.close()
    second = consumer(group, enable_partition_eof=True)
    second.subscribe([name])
    assert drain(second, 4) == []
    committed = second.committed([TopicPartition(name, partition) for partition in range(4)], WAIT_SECONDS)
    assert [partition.offset for partition in committed] == [5] * 4, committed
    second.close()


@check("manual commits, with metadata")
def _():
    name, group = topic(), fresh("group")
    produce(name, numbered(10))
    first = consumer(group, enable_auto_commit=False)
    first.subscribe([name])
    messages = collect(first, 10)
    first.commit(message=messages[3], asynchronous=False)
    first.close()
    second = consumer(group, enable_auto_commit=False)
    second.subscribe([name])
    assert values(collect(second, 6)) == numbered(10)[4:]
    note = TopicPartition(name, 0, 8, metadata="eight, said the committer")
    second.commit(offsets=[note], asynchronous=False)
    (found,) = second.committed([TopicPartition(name, 0)], WAIT_SECONDS)
    assert (found.offset, found.metadata) == (8, "eight, said the committer"), (found.offset, found.metadata)
    second.close()


@check("stored offsets, committed when closing")
def _():
    name, group = topic(), fresh("group")
    produce(name, numbered(10))
    first = consumer(group, enable_auto_offset_store=False)
    first.subscribe([name])
    first.store_offsets(message=collect(first, 10)[5])
    first.close()
    second = consumer(group)
    second.subscribe([name])
    assert values(collect(second, 4)) == numbered(10)[6:]
    second.close()


@check("commits of a consumer that is no member")
def _():
    name, group = topic(), fresh("group")
    produce(name, numbered(3))
    outside = consumer(group)
    outside.commit(offsets=[TopicPartition(name, 0, 2)], asynchronous=False)
    inside = consumer(group)
    inside.subscribe([name])
    assert values(collect(inside, 1)) == [b"value 2"]
    try:
        outside.commit(offsets=[TopicPartition(name, 0, 0)], asynchronous=False)
        raise AssertionError("a commit by nobody was taken while the group has members")
    except KafkaException as error:
        assert error.args[0].code() == KafkaError.UNKNOWN_MEMBER_ID, error
    inside.close()
    outside.close()


for strategy in ("range", "roundrobin"):

    @check(f"two members share, and one inherits ({strategy})")
    def _(strategy=strategy):
        name, group = topic(4), fresh("group")
        first = Member(group, name, strategy)
        wait_for_split([first], 4)
        second = Member(group, name, strategy)
        wait_for_split([first, second], 2, 2)
        for partition in range(4):
            produce(name, [str(partition).encode()], partition)
        wants = {member: {str(partition).encode() for partition in member.owned} for member in (first, second)}
        for member, want in wants.items():
            assert set(values(collect(member.reader, 2))) == want
        first.close()
        wait_for_split([second], 4)
        second.close()


@check("cooperative rebalancing takes away only what moves")
def _():
    name, group = topic(4), fresh("group")
    first = Member(group, name, "cooperative-sticky")
    wait_for_split([first], 4)
    second = Member(group, name, "cooperative-sticky")
    wait_for_split([first, second], 2, 2)
    assert [event for event in first.events if event[0] == "revoked"] == [("revoked", 2)], first.events
    second.close()
    wait_for_split([first], 4)
    assert [count for kind, count in first.events if kind == "revoked"] == [2], first.events
    first.close()


@check("members of several topics")
def _():
    names, group = [topic(2), topic(2)], fresh("group")
    for name in names:
        for partition in range(2):
            produce(name, [f"{name} {partition}".encode()], partition)
    readers = [consumer(group), consumer(group)]
    seen = []
    for reader in readers:
        reader.subscribe(names)

    def all_seen():
        for reader in readers:
            message = reader.poll(0.05)
            if message is not None and not message.error():
                seen.append(message.value())
        return len(set(seen)) == 4

    wait_for(all_seen, "all four messages")
    for reader in readers:
        reader.close()


@check("a pattern takes in topics that come later")
def _():
    first = topic()
    produce(first, [b"first"])
    reader = consumer(topic_metadata_refresh_interval_ms=500)
    reader.subscribe([f"^{first}.*"])
    assert values(collect(reader, 1)) == [b"first"]
    produce(f"{first}-later", [b"second"], partition=2)
    assert values(collect(reader, 1)) == [b"second"]
    reader.close()


@check("a static member comes back without a rebalance")
def _():
    name, group = topic(4), fresh("group")
    static = {"session_timeout_ms": 30_000}
    first = Member(group, name, group_instance_id="one", **static)
    second = Member(group, name, group_instance_id="two", **static)
    wait_for_split([first, second], 2, 2)
    owned, events = set(first.owned), len(second.events)
    first.close()
    again = Member(group, name, group_instance_id="one", **static)
    wait_for(lambda: len(again.owned) == 2, "the assignment", again.reader, second.reader)
    assert again.owned == owned, (again.owned, owned)
    assert len(second.events) == events, second.events
    for member in (again, second):
        member.close()


@check("a second static member of the same name fences the first")
def _():
    name, group = topic(4), fresh("group")
    first = Member(group, name, group_instance_id="one")
    wait_for_split([first], 4)
    second = Member(group, name, group_instance_id="one")
    wait_for(lambda: len(second.owned) == 4, "the assignment", second.reader)
    try:
        wait_for(lambda: False, "the fencing", first.reader)
    except KafkaException as error:
        cause = error.args[0]
        assert KafkaError.FENCED_INSTANCE_ID == cause.code() or "fenced" in str(cause).lower(), cause
    first.close()
    second.close()


VANISHING = """
import sys
from confluent_kafka import Consumer
reader = Consumer({"bootstrap.servers": sys.argv[1], "group.id": sys.argv[2], "session.timeout.ms": 6000})
reader.subscribe([sys.argv[3]], on_assign=lambda _, partitions: print(len(partitions), flush=True))
while True:
    reader.poll(1)
"""


@check("a member that vanishes is missed after its session")
def _():
    name, group = topic(4), fresh("group")
    child = subprocess.Popen([sys.executable, "-c", VANISHING, BROKER, group, name], stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"4\n"
        second = Member(group, name)
        wait_for_split([second], 2)
        child.kill()
        wait_for_split([second], 4)
        second.close()
    finally:
        child.kill()
        child.wait()


@check("partitions that are added are assigned")
def _():
    from confluent_kafka.admin import NewPartitions
    from harness import admin

    name, group = topic(2), fresh("group")
    member = Member(group, name, topic_metadata_refresh_interval_ms=500)
    wait_for_split([member], 2)
    admin().create_partitions([NewPartitions(name, 5)])[name].result(WAIT_SECONDS)
    wait_for_split([member], 5)
    member.close()
