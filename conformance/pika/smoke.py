"""pika against the broker at argv[1]:argv[2]: one line a check, exit code 1 if one fails."""
import sys
import pika
from pika.exceptions import ChannelClosedByBroker, UnroutableError

host, port = sys.argv[1], int(sys.argv[2])
failures = 0


def connect():
    return pika.BlockingConnection(pika.ConnectionParameters(host, port, credentials=pika.PlainCredentials("guest", "guest")))


def check(name):
    def run(body):
        global failures
        connection = connect()
        try:
            body(connection.channel())
            print(f"ok {name}")
        except Exception as error:  # every failure is a line
            failures += 1
            print(f"FAIL {name}: {type(error).__name__} {error}".replace("\n", " "))
        finally:
            if connection.is_open:
                connection.close()

    return run


@check("publish with confirms, get, ack")
def _(channel):
    channel.queue_declare("pika.get", durable=True)
    channel.queue_purge("pika.get")
    channel.confirm_delivery()
    properties = pika.BasicProperties(delivery_mode=2, content_type="text/plain", headers={"n": 1, "list": ["a", True, None]})
    channel.basic_publish("", "pika.get", b"hello", properties)
    method, got, body = channel.basic_get("pika.get")
    assert (body, got.delivery_mode, got.headers) == (b"hello", 2, {"n": 1, "list": ["a", True, None]}), (body, got)
    channel.basic_ack(method.delivery_tag)
    assert channel.queue_declare("pika.get", passive=True).method.message_count == 0


@check("topic exchange and consumer")
def _(channel):
    channel.exchange_declare("pika.topic", "topic", auto_delete=True)
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "pika.topic", "a.*.#")
    for key in ("a", "a.b", "b.a", "a.b.c.d"):
        channel.basic_publish("pika.topic", key, key.encode())
    seen = []
    for method, _, body in channel.consume(queue, inactivity_timeout=0.5):
        if method is None:
            break
        seen.append(body.decode())
        channel.basic_ack(method.delivery_tag)
    assert seen == ["a.b", "a.b.c.d"], seen


@check("headers exchange")
def _(channel):
    channel.confirm_delivery()
    channel.exchange_declare("pika.headers", "headers", auto_delete=True)
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "pika.headers", arguments={"x-match": "all", "n": 7, "kind": "x"})
    for headers in ({"n": 7}, {"n": 7, "kind": "x", "more": 1}, {"n": 8, "kind": "x"}):
        channel.basic_publish("pika.headers", "", str(headers).encode(), pika.BasicProperties(headers=headers))
    assert channel.queue_declare(queue, passive=True).method.message_count == 1


@check("mandatory message that has no queue")
def _(channel):
    channel.confirm_delivery()
    try:
        channel.basic_publish("amq.direct", "nobody", b"x", mandatory=True)
    except UnroutableError:
        return
    raise AssertionError("was not returned")


@check("nack puts back in place, redelivered")
def _(channel):
    queue = channel.queue_declare("", exclusive=True).method.queue
    for n in range(3):
        channel.basic_publish("", queue, str(n).encode())
    first = channel.basic_get(queue)
    second = channel.basic_get(queue)
    channel.basic_nack(first[0].delivery_tag)
    again = channel.basic_get(queue)
    assert (second[2], again[2], again[0].redelivered) == (b"1", b"0", True)


@check("a missing queue is 404")
def _(channel):
    try:
        channel.queue_declare("pika.nowhere", passive=True)
    except ChannelClosedByBroker as error:
        assert (error.reply_code, error.reply_text) == (404, "NOT_FOUND - no queue 'pika.nowhere' in vhost '/'"), error
        return
    raise AssertionError("was there")


@check("an inequivalent declaration is 406")
def _(channel):
    channel.queue_declare("pika.once", durable=True)
    try:
        channel.queue_declare("pika.once", durable=False)
    except ChannelClosedByBroker as error:
        assert error.reply_code == 406 and "inequivalent arg 'durable' for queue 'pika.once'" in error.reply_text, error
        return
    raise AssertionError("was accepted")


@check("a body of many frames")
def _(channel):
    queue = channel.queue_declare("", exclusive=True).method.queue
    body = bytes(range(256)) * 4096
    channel.basic_publish("", queue, body)
    assert channel.basic_get(queue, auto_ack=True)[2] == body


@check("prefetch")
def _(channel):
    queue = channel.queue_declare("", exclusive=True).method.queue
    for n in range(5):
        channel.basic_publish("", queue, str(n).encode())
    channel.basic_qos(prefetch_count=2)
    seen = []
    channel.basic_consume(queue, lambda _c, method, _p, body: seen.append(method.delivery_tag))
    channel.connection.process_data_events(0.5)
    assert len(seen) == 2, seen
    channel.basic_ack(seen[-1], multiple=True)
    channel.connection.process_data_events(0.5)
    assert len(seen) == 4, seen


sys.exit(1 if failures else 0)
