"""What the checks share: where the broker is, a line a check, topics of their own, and waiting with a deadline."""
import functools
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, TimeoutError

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

BROKER = f"{sys.argv[1]}:{sys.argv[2]}"
SASL_BROKER = f"{sys.argv[1]}:{sys.argv[3]}" if sys.argv[3] else None
ONLY = sys.argv[4]
PREFIX = f"ck-{os.urandom(4).hex()}"

CHECK_SECONDS = 60
WAIT_SECONDS = 20

failures = 0
made = 0


def check(name, needs_sasl=False):
    """Runs a function at once as the check of that name, with a deadline: its thread is left behind if it is late."""

    def run(body):
        global failures
        if ONLY not in name:
            return
        if needs_sasl and SASL_BROKER is None:
            print(f"skip {name}: no port with SASL was given", flush=True)
            return
        began = time.monotonic()
        pool = ThreadPoolExecutor(1)
        try:
            pool.submit(body).result(CHECK_SECONDS)
            print(f"ok {name}", flush=True)
        except TimeoutError as error:
            report(name, f"not done in {time.monotonic() - began:.0f} s {error}")
        except BaseException as error:  # every failure is a line
            report(name, f"{type(error).__name__} {error} ({place(error)})")
        pool.shutdown(wait=False)

    return run


def report(name, reason):
    global failures
    failures += 1
    print(f"FAIL {name}: {reason}".replace("\n", " "), flush=True)


def place(error):
    trace = error.__traceback__
    while trace.tb_next is not None and "site-packages" not in trace.tb_next.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"


def fresh(kind="topic"):
    """A name that nobody else uses."""
    global made
    made += 1
    return f"{PREFIX}-{kind}-{made}"


@functools.cache
def admin():
    """One for all: what a client was asked for is lost when the client is."""
    return AdminClient({"bootstrap.servers": BROKER})


def topic(partitions=1, config=None):
    name = fresh()
    admin().create_topics([NewTopic(name, partitions, 1, config=config or {})])[name].result(WAIT_SECONDS)
    return name


def producer(**config):
    return Producer({"bootstrap.servers": BROKER, **dotted(config)})


def consumer(group=None, **config):
    base = {"bootstrap.servers": BROKER, "group.id": group or fresh("group"), "auto.offset.reset": "earliest"}
    return Consumer({**base, "session.timeout.ms": 6000, **dotted(config)})


def dotted(config):
    return {key.replace("_", "."): value for key, value in config.items()}


def produce(name, values, partition=0, sender=None, **more):
    """Sends and waits for every delivery report; gives the messages as they were delivered."""
    sender = sender or producer()
    delivered = []

    def on_delivery(error, message):
        assert error is None, error
        delivered.append(message)

    for value in values:
        sender.produce(name, value, partition=partition, on_delivery=on_delivery, **more)
    left = sender.flush(WAIT_SECONDS)
    assert left == 0, f"{left} messages were not delivered"
    return delivered


def collect(reader, count, seconds=WAIT_SECONDS):
    """The next messages, errors raised."""
    messages = []
    until = time.monotonic() + seconds
    while len(messages) < count:
        assert time.monotonic() < until, f"{len(messages)} of {count} messages after {seconds} s"
        message = reader.poll(0.1)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        messages.append(message)
    return messages


def drain(reader, partitions):
    """Everything up to the end of that many partitions; the reader has enable.partition.eof."""
    messages = []
    ended = set()
    until = time.monotonic() + WAIT_SECONDS
    while len(ended) < partitions:
        assert time.monotonic() < until, f"only {sorted(ended)} of {partitions} ended, {len(messages)} messages"
        message = reader.poll(0.1)
        if message is None:
            continue
        if not message.error():
            messages.append(message)
        elif message.error().code() == KafkaError._PARTITION_EOF:
            ended.add((message.topic(), message.partition()))
        else:
            raise KafkaException(message.error())
    return messages


def wait_for(condition, what, *readers, seconds=WAIT_SECONDS):
    """Polls the readers until it is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what} not after {seconds} s"
        for reader in readers:
            message = reader.poll(0.05)
            if message is not None and message.error():
                raise KafkaException(message.error())
        if not readers:
            time.sleep(0.05)


def error_of(future):
    """The code of the error that it must end with."""
    try:
        value = future.result(WAIT_SECONDS)
    except KafkaException as error:
        return error.args[0].code()
    raise AssertionError(f"no error, but {value}")


def values(messages):
    return [message.value() for message in messages]


def numbered(count, prefix="value"):
    return [f"{prefix} {n}".encode() for n in range(count)]
