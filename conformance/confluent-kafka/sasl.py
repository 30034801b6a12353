"""SASL PLAIN with the user and password that brokers know from the start."""
from confluent_kafka import KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient

from harness import SASL_BROKER, WAIT_SECONDS, check, collect, consumer, numbered, produce, producer, topic, values


def login(password="guest", mechanism="PLAIN"):
    return {
        "bootstrap.servers": SASL_BROKER,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.username": "guest",
        "sasl.password": password,
    }


def refusal(**config):
    """The first error that the client tells of."""
    errors = []
    client = AdminClient({**login(**config), "error_cb": errors.append})
    for _ in range(100):
        client.poll(0.1)
        if errors:
            return errors[0]
    raise AssertionError("no error in 10 s")


@check("SASL PLAIN", needs_sasl=True)
def _():
    name = topic()
    produce(name, numbered(5), sender=producer(**login()))
    reader = consumer(**login())
    reader.assign([TopicPartition(name, 0, 0)])
    assert values(collect(reader, 5)) == numbered(5)
    reader.close()
    assert name in AdminClient(login()).list_topics(timeout=WAIT_SECONDS).topics


@check("SASL PLAIN with a wrong password", needs_sasl=True)
def _():
    error = refusal(password="wrong")
    assert error.code() == KafkaError._AUTHENTICATION, error


@check("SASL by a mechanism that is not there", needs_sasl=True)
def _():
    error = refusal(mechanism="SCRAM-SHA-512")
    assert error.code() == KafkaError._AUTHENTICATION and "PLAIN" in error.str(), error
